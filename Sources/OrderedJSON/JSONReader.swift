/// Why a text is no JSON: one sentence with the place, what was found there and what may stand there.
package struct JSONError: Error {
  package let sentence: String
}

/// Reads JSON as RFC 8259 has it, and nothing more generous: UTF-8, each name once in an object, whole numbers to the last
/// digit. Nothing may lie deeper than ``depthMax``, so no text exhausts the stack.
package struct JSONReader {
  /// How many lists and objects may lie in each other.
  package static let depthMax = 64

  let bytes: [UInt8]
  /// The place of the next byte.
  var at = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The value that a whole text is.
  package static func read(_ bytes: [UInt8]) throws(JSONError) -> JSON {
    var reader = JSONReader(bytes)
    do { _ = try UTF8Span(validating: bytes.span) } catch {
      reader.at = error.byteOffsets.lowerBound
      throw reader.expected("UTF-8")
    }
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.at == bytes.count else { throw reader.expected("the end") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "-"), .some(0x30...0x39): return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw expected("a value")
    }
  }

  private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    guard bytes[at...].starts(with: word.utf8) else { throw expected("a value") }
    at += word.utf8.count
    return value
  }

  private mutating func list(depth: Int) throws(JSONError) -> JSON {
    try open(depth: depth)
    if take("]") { return .list([]) }
    var values: [JSON] = []
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return .list(values) }
      guard take(",") else { throw expected("',' or ']'") }
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSON {
    try open(depth: depth)
    if take("}") { return .object([]) }
    var fields: [(String, JSON)] = []
    var names: Set<String> = []
    while true {
      skipSpace()
      let place = at
      guard next == UInt8(ascii: "\"") else { throw expected("a name in quotes") }
      let name = try text()
      guard names.insert(name).inserted else {
        throw JSONError(sentence: "expected each name once in an object; found one again at byte \(place + 1)")
      }
      skipSpace()
      guard take(":") else { throw expected("':'") }
      fields.append((name, try value(depth: depth + 1)))
      skipSpace()
      if take("}") { return .object(fields) }
      guard take(",") else { throw expected("',' or '}'") }
    }
  }

  /// Takes the bracket that begins a list or an object.
  private mutating func open(depth: Int) throws(JSONError) {
    guard depth < Self.depthMax else {
      throw JSONError(
        sentence: "expected at most \(Self.depthMax) lists and objects in each other; found more at byte \(at + 1)")
    }
    at += 1
    skipSpace()
  }
}

// MARK: Bytes

extension JSONReader {
  var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
  }

  mutating func take(_ letter: Unicode.Scalar) -> Bool {
    guard let byte = next, byte == letter.value else { return false }
    at += 1
    return true
  }

  /// What is wrong at this place.
  func expected(_ allowed: String) -> JSONError {
    JSONError(sentence: "expected \(allowed) at byte \(at + 1); found \(found)")
  }

  private var found: String {
    guard let byte = next else { return "the end" }
    if (0x21..<0x7f).contains(byte) { return "'\(Unicode.Scalar(byte))'" }
    return "the byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
