/// How values are written in TOML, for messages and listings.
public enum TOMLText {
  /// A basic string with its quotes; control characters are escaped, so it is always one line.
  public static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default: out += isControl(scalar) ? escape(scalar) : String(scalar)
      }
    }
    return out + "\""
  }

  /// `text` as one line that no terminal misreads: control characters are escaped, all else stays as it is.
  public static func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.map { isControl($0) ? escape($0) : String($0) }.joined()
  }

  /// `key` as it is written in a header or before `=`: quoted when it is not a bare key.
  public static func key(_ key: String) -> String { isBare(key) ? key : quoted(key) }

  /// Whether `key` needs no quotes.
  public static func isBare(_ key: String) -> Bool {
    !key.isEmpty
      && key.utf8.allSatisfy { c in
        (0x30...0x39).contains(c) || (0x61...0x7a).contains(c | 0x20) || c == 0x5f || c == 0x2d
      }
  }

  /// A float; always with a point, an exponent or a name, so that it is not read as an integer.
  public static func float(_ number: Double) -> String { number.isNaN ? "nan" : "\(number)" }

  // The C0 and C1 controls, and what breaks or turns a line on a terminal.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
    default: false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let width = digits.count <= 4 ? 4 : 8
    return (width == 4 ? "\\u" : "\\U") + String(repeating: "0", count: width - digits.count) + digits
  }
}
