/// Where `word` stands in `text` as a word: not within a longer name.
func places(of word: String, in text: [UInt8]) -> [Int] {
  let word = Array(word.utf8)
  guard let first = word.first, let last = word.last else { return [] }
  return text.indices.filter { at in
    guard text[at] == first, text[at...].starts(with: word) else { return false }
    let end = at + word.count
    if isNamePart(first), at > 0, isNamePart(text[at - 1]) { return false }
    if isNamePart(last), end < text.count, isNamePart(text[end]) { return false }
    return true
  }
}

/// Whether a character may stand in a name.
func isNamePart(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
  case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
  default: false
  }
}

/// The number of the line, from 1, that a place is in.
func line(of place: Int, in text: [UInt8]) -> Int { text[..<place].count { $0 == newline } + 1 }

/// The place behind the bracket that closes the one at `start`.
func end(ofBracketsAt start: Int, in text: [UInt8]) -> Int {
  var depth = 0
  for at in start..<text.count {
    if "([{".utf8.contains(text[at]) { depth += 1 }
    if ")]}".utf8.contains(text[at]) { depth -= 1 }
    if depth == 0 { return at + 1 }
  }
  return text.count
}

/// The first word of each argument of the call whose bracket is at `open`: its label, if it has one.
func labels(ofCallAt open: Int, in code: [UInt8]) -> [String] {
  var depth = 0
  var own: [UInt8] = []
  for byte in code[open..<end(ofBracketsAt: open, in: code)].dropFirst().dropLast() {
    if "([{".utf8.contains(byte) { depth += 1 }
    if depth == 0 { own.append(byte) }
    if ")]}".utf8.contains(byte) { depth -= 1 }
  }
  let arguments = text(own).split(separator: ",").map { $0.split(whereSeparator: \.isWhitespace) }
  return arguments.compactMap { $0.first.map(String.init) }
}
