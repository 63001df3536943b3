/// The names that hosts may have: RFC 1123, section 2.1, in lower case.
enum HostName {
  /// The name as it is asked for; nil for what is none, or could be taken for a number.
  static func read(_ text: Substring) -> String? {
    let name = text.lowercased()
    guard (1...253).contains(name.utf8.count) else { return nil }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.allSatisfy(isLabel), let last = labels.last, !last.utf8.allSatisfy(isDigit) else { return nil }
    return name
  }

  private static func isLabel(_ label: Substring) -> Bool {
    guard (1...63).contains(label.utf8.count), label.utf8.first != hyphen, label.utf8.last != hyphen else {
      return false
    }
    return label.utf8.allSatisfy { isDigit($0) || (0x61...0x7a).contains($0) || $0 == hyphen }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static let hyphen = UInt8(ascii: "-")
}
