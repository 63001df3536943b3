import MixHost
import MixNet
import OrderedJSON

/// The fields of one JSON object of a line, read by name. What is wrong with one is told in words that tell no secret.
struct LineFields {
  /// The object's own name, with a dot, where it is no line but part of one.
  private let prefix: String
  private let fields: [(String, JSON)]

  /// The fields of a line, whose object has no names but these.
  init(line: [UInt8], names: [String]) throws(LineError) {
    let json: JSON
    do throws(JSONError) { json = try JSONReader.read(line) } catch {
      throw LineError("the line is no JSON: \(error.sentence)")
    }
    guard let fields = json.fields else { throw LineError("the line must be one object; found \(Self.found(json))") }
    try self.init(fields, prefix: "", names)
  }

  /// The fields of an object in a line.
  init(_ json: JSON, at place: String, names: [String]) throws(LineError) {
    guard let fields = json.fields else { throw LineError("'\(place)' must be an object; found \(Self.found(json))") }
    try self.init(fields, prefix: place + ".", names)
  }

  private init(_ fields: [(String, JSON)], prefix: String, _ names: [String]) throws(LineError) {
    for (name, _) in fields where !names.contains(name) {
      throw LineError(
        "there is no field '\(prefix)\(Self.cut(name))'\(didYouMean(name, in: names)) "
          + "(fields: \(names.joined(separator: ", ")))")
    }
    self.prefix = prefix
    self.fields = fields
  }

  /// Whether a field is there and not null.
  func has(_ name: String) -> Bool {
    switch fields.first(where: { $0.0 == name })?.1 {
    case nil, .null: false
    default: true
    }
  }

  /// A field that must be there.
  func value(_ name: String, _ allowed: String) throws(LineError) -> JSON {
    guard let json = fields.first(where: { $0.0 == name })?.1 else {
      throw LineError("'\(prefix)\(name)' is missing; it must be \(allowed)")
    }
    return json
  }

  /// What is wrong with a field.
  func wrong(_ name: String, _ allowed: String, found: String) -> LineError {
    LineError("'\(prefix)\(name)' must be \(allowed); found \(found)")
  }

  /// A whole number.
  func number(_ name: String, in range: ClosedRange<UInt64>) throws(LineError) -> UInt64 {
    let allowed = "a whole number in \(range.lowerBound)...\(range.upperBound)"
    let json = try value(name, allowed)
    guard let number = json.uint, range.contains(number) else {
      throw wrong(name, allowed, found: Self.found(json))
    }
    return number
  }

  /// As many bytes as `sizes` allows, of which `allowed` speaks.
  func bytes(_ name: String, _ sizes: ClosedRange<Int>, _ allowed: String) throws(LineError) -> [UInt8] {
    let json = try value(name, allowed)
    guard let text = json.text else { throw wrong(name, allowed, found: Self.kind(json)) }
    guard let bytes = Hex.bytes(text) else { throw wrong(name, allowed, found: Self.fault(ofHex: text)) }
    guard sizes.contains(bytes.count) else { throw wrong(name, allowed, found: Self.size(bytes)) }
    return bytes
  }

  /// So many bytes.
  func bytes(_ name: String, _ size: Int) throws(LineError) -> [UInt8] {
    try bytes(name, size...size, "\(size) bytes in hex")
  }

  // MARK: What was found

  /// A value in a few words.
  static func found(_ json: JSON) -> String {
    switch json {
    case .null, .bool, .int, .uint: json.line
    case .double(let value): "\(value)"
    case .text(let text): "the text '\(cut(text))'"
    case .list, .object: kind(json)
    }
  }

  /// How many bytes there are.
  static func size(_ bytes: [UInt8]) -> String { bytes.count == 1 ? "1 byte" : "\(bytes.count) bytes" }

  /// A value's kind: all that is told where it may be a secret.
  private static func kind(_ json: JSON) -> String {
    switch json {
    case .null: "null"
    case .bool: "a truth value"
    case .int, .uint, .double: "a number"
    case .text: "a text"
    case .list: "a list"
    case .object: "an object"
    }
  }

  /// Why a text is no hex, without more of it than one character.
  private static func fault(ofHex text: String) -> String {
    for (i, scalar) in text.unicodeScalars.enumerated() where !scalar.properties.isASCIIHexDigit {
      let isPlain = (0x21..<0x7f).contains(scalar.value)
      let code = String(scalar.value, radix: 16, uppercase: true)
      let name = isPlain ? "'\(scalar)'" : "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
      return "\(name) as digit \(i + 1)"
    }
    return "\(text.utf8.count) digits, an odd number"
  }

  private static func cut(_ text: String) -> String {
    let head = text.unicodeScalars.prefix(40)
    return String(head) + (head.endIndex < text.unicodeScalars.endIndex ? "..." : "")
  }
}
