/// A JSON value to be written; its objects keep their order.
enum JSONText: Sendable {
  case int(Int)
  case uint(UInt64)
  case double(Double)
  case text(String)
  case list([JSONText])
  case object([(String, JSONText)])

  /// The text, on one line.
  var line: String {
    switch self {
    case .int(let value): "\(value)"
    case .uint(let value): "\(value)"
    case .double(let value): Self.rounded(value)
    case .text(let value): Self.quoted(value)
    case .list(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
    case .object(let fields): "{" + fields.map { "\(Self.quoted($0.0)):\($0.1.line)" }.joined(separator: ",") + "}"
    }
  }

  /// Three digits behind the point.
  static func rounded(_ value: Double) -> String { "\((value * 1_000).rounded() / 1_000)" }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case _ where scalar.value < 0x20:
        out += "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2) + String(scalar.value, radix: 16)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
