/// A JSON value whose objects keep the order in which they were written.
package enum JSON: Sendable {
  case null
  case bool(Bool)
  case int(Int)
  /// A whole number; ``JSONReader`` makes one only of what is above the range of ``int(_:)``.
  case uint(UInt64)
  case double(Double)
  case text(String)
  case list([JSON])
  case object([(String, JSON)])

  /// The text, on one line.
  package var line: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): "\(value)"
    case .uint(let value): "\(value)"
    case .double(let value): Self.rounded(value)
    case .text(let value): Self.quoted(value)
    case .list(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
    case .object(let fields):
      "{" + fields.map { "\(Self.quoted($0.0)):\($0.1.line)" }.joined(separator: ",") + "}"
    }
  }

  /// The text on several lines, for files that people read.
  package func pretty(_ indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .list(let values) where values.contains { if case .object = $0 { true } else { false } }:
      return "[\n" + values.map { inner + $0.pretty(inner) }.joined(separator: ",\n") + "\n\(indent)]"
    case .object(let fields) where line.utf8.count > 100 - indent.utf8.count:
      let lines = fields.map { "\(inner)\(Self.quoted($0.0)): \($0.1.pretty(inner))" }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    case .object(let fields):
      return "{" + fields.map { "\(Self.quoted($0.0)): \($0.1.line)" }.joined(separator: ", ") + "}"
    default: return line
    }
  }

  /// Three digits behind the point; what JSON has no number for is null.
  package static func rounded(_ value: Double) -> String {
    let thousandfold = (value * 1_000).rounded()
    return thousandfold.isFinite ? "\(thousandfold / 1_000)" : value.isFinite ? "\(value)" : "null"
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20:
        out += "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }

  // MARK: Reading

  /// Reads a text; nil when it is no JSON, as ``JSONReader`` says. The order of an object's fields is that of the text.
  package init?(_ bytes: [UInt8]) {
    guard let value = try? JSONReader.read(bytes) else { return nil }
    self = value
  }

  /// A field of an object.
  package subscript(_ name: String) -> JSON? {
    guard case .object(let fields) = self else { return nil }
    return fields.first { $0.0 == name }?.1
  }

  package var text: String? { if case .text(let value) = self { value } else { nil } }
  package var int: Int? { if case .int(let value) = self { value } else { nil } }
  package var uint: UInt64? {
    switch self {
    case .int(let value): UInt64(exactly: value)
    case .uint(let value): value
    default: nil
    }
  }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var list: [JSON]? { if case .list(let values) = self { values } else { nil } }
  package var fields: [(String, JSON)]? { if case .object(let fields) = self { fields } else { nil } }
}
