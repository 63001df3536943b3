/// The text of a Swift file, with blanks in place of what is no code. Every character keeps its place.
struct SwiftText {
  /// Without comments and without what stands in string literals; code within `\(...)` stays.
  let code: [UInt8]
  /// Without comments.
  let codeAndStrings: [UInt8]

  init(_ text: String) {
    var reader = Reader(bytes: Array(text.utf8))
    reader.readCode(isInterpolation: false)
    code = reader.code
    codeAndStrings = reader.codeAndStrings
  }

  /// The lines of the code.
  var lines: [String] { code.split(separator: newline, omittingEmptySubsequences: false).map { text($0) } }
}

let newline = UInt8(ascii: "\n")

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

private struct Reader {
  let bytes: [UInt8]
  var code: [UInt8]
  var codeAndStrings: [UInt8]
  var at = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
    code = bytes
    codeAndStrings = bytes
  }

  /// Reads to the end, or to the parenthesis that closes an interpolation.
  mutating func readCode(isInterpolation: Bool) {
    var depth = 0
    while at < bytes.count {
      if isNext("//") {
        while at < bytes.count, bytes[at] != newline { blank(isComment: true) }
      } else if isNext("/*") {
        readComment()
      } else if let hashes = stringOpening() {
        readString(hashes: hashes)
      } else {
        if bytes[at] == UInt8(ascii: "(") { depth += 1 }
        if bytes[at] == UInt8(ascii: ")") { depth -= 1 }
        at += 1
        if isInterpolation && depth < 0 { return }
      }
    }
  }

  private mutating func readComment() {
    var depth = 0
    while at < bytes.count {
      let step = isNext("/*") ? 1 : isNext("*/") ? -1 : 0
      depth += step
      for _ in 0..<(step == 0 ? 1 : 2) { blank(isComment: true) }
      if depth == 0 { return }
    }
  }

  private mutating func readString(hashes: Int) {
    let guardText = String(repeating: "#", count: hashes)
    for _ in 0..<hashes { blank() }
    let quotes = isNext("\"\"\"") ? 3 : 1
    for _ in 0..<quotes { blank() }
    let end = String(repeating: "\"", count: quotes) + guardText
    while at < bytes.count {
      if isNext("\\" + guardText + "(") {
        for _ in 0..<hashes + 2 { blank() }
        readCode(isInterpolation: true)
      } else if isNext("\\" + guardText) {
        for _ in 0..<min(hashes + 2, bytes.count - at) { blank() }
      } else if isNext(end) {
        for _ in 0..<quotes + hashes { blank() }
        return
      } else {
        // A literal on one line that is not closed is no Swift: what follows is not taken for a part of it.
        if quotes == 1, bytes[at] == newline { return }
        blank()
      }
    }
  }

  /// How many `#` stand before a quotation mark here; nil when no string begins.
  private func stringOpening() -> Int? {
    var end = at
    while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
    return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - at : nil
  }

  private func isNext(_ word: String) -> Bool { bytes[at...].starts(with: word.utf8) }

  private mutating func blank(isComment: Bool = false) {
    if bytes[at] != newline {
      code[at] = UInt8(ascii: " ")
      if isComment { codeAndStrings[at] = UInt8(ascii: " ") }
    }
    at += 1
  }
}
