/// Numbers and texts.
extension JSONReader {
  /// A number: whole ones that fit a word exactly, all others as a double.
  mutating func number() throws(JSONError) -> JSON {
    let start = at
    _ = take("-")
    if !take("0") { try takeDigits() }
    var isWhole = true
    if take(".") {
      isWhole = false
      try takeDigits()
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      try takeDigits()
    }
    let digits = String(decoding: bytes[start..<at], as: UTF8.self)
    if isWhole, let value = Int(digits) { return .int(value) }
    if isWhole, let value = UInt64(digits) { return .uint(value) }
    if let value = Double(digits), value.isFinite { return .double(value) }
    throw JSONError(sentence: "expected a number that fits a double at byte \(start + 1); found a larger one")
  }

  private mutating func takeDigits() throws(JSONError) {
    let start = at
    while let byte = next, (0x30...0x39).contains(byte) { at += 1 }
    if at == start { throw expected("a digit") }
  }

  /// A text, from its opening quote to behind its closing one.
  mutating func text() throws(JSONError) -> String {
    at += 1
    var start = at
    var unescaped: [UInt8] = []
    while let byte = next, byte >= 0x20 {
      switch byte {
      case UInt8(ascii: "\""):
        let rest = bytes[start..<at]
        at += 1
        return unescaped.isEmpty
          ? String(decoding: rest, as: UTF8.self) : String(decoding: unescaped + rest, as: UTF8.self)
      case UInt8(ascii: "\\"):
        unescaped += bytes[start..<at]
        unescaped += Array(String(try escape()).utf8)
        start = at
      default: at += 1
      }
    }
    throw expected("the rest of a text")
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    at += 1
    if take("u") { return try codePoint() }
    let scalar: Unicode.Scalar
    switch next {
    case UInt8(ascii: "\""): scalar = "\""
    case UInt8(ascii: "\\"): scalar = "\\"
    case UInt8(ascii: "/"): scalar = "/"
    case UInt8(ascii: "b"): scalar = "\u{8}"
    case UInt8(ascii: "f"): scalar = "\u{c}"
    case UInt8(ascii: "n"): scalar = "\n"
    case UInt8(ascii: "r"): scalar = "\r"
    case UInt8(ascii: "t"): scalar = "\t"
    default: throw expected("one of \" \\ / b f n r t u")
    }
    at += 1
    return scalar
  }

  /// The four digits behind `\u`; two such escapes where a character needs them.
  private mutating func codePoint() throws(JSONError) -> Unicode.Scalar {
    let start = at
    var code = try hexDigits()
    if (0xd800..<0xdc00).contains(code), take("\\"), take("u") {
      let low = try hexDigits()
      if (0xdc00..<0xe000).contains(low) { code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00) }
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw JSONError(sentence: "expected a whole character at byte \(start + 1); found half of one")
    }
    return scalar
  }

  private mutating func hexDigits() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw expected("a hex digit")
      }
      code = code << 4 | UInt32(digit)
      at += 1
    }
    return code
  }
}
