internal import TOML

extension KeyKind<Int> {
  static func integer(_ range: ClosedRange<Int>) -> KeyKind {
    let isAny = range == .min ... .max
    return KeyKind(
      type: "integer", plural: "integers", phrase: phrase(range),
      allowed: isAny ? "" : rangeText(range), form: .integer,
      parse: { value in
        guard case .integer(let number) = value else { return nil }
        return Int(exactly: number).flatMap { range.contains($0) ? $0 : nil }
      },
      write: { "\($0)" })
  }

  private static func phrase(_ range: ClosedRange<Int>) -> String {
    if range == .min ... .max { return "an integer" }
    return range.upperBound == .max
      ? "an integer of \(rangeText(range))" : "an integer in \(range.lowerBound)...\(range.upperBound)"
  }

  static func size(_ range: ClosedRange<Int>) -> KeyKind {
    KeyKind(
      type: "size", plural: "sizes",
      phrase: "a size in \(rangeText(range)) bytes, such as 4096 or \"4 KiB\"", allowed: rangeText(range),
      form: .integer,
      parse: { value in
        switch value {
        case .integer(let number): Int(exactly: number).flatMap { range.contains($0) ? $0 : nil }
        case .string(let text): bytes(text).flatMap { range.contains($0) ? $0 : nil }
        default: nil
        }
      },
      write: { "\($0)" })
  }

  /// `64 KiB` as 65536; nil for anything that is not a whole number and a unit.
  private static func bytes(_ text: String) -> Int? {
    let units: [(name: String, size: Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
    guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
    var digits = text.dropLast(unit.name.count)
    if digits.last == " " { digits.removeLast() }
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits) else { return nil }
    let (size, over) = number.multipliedReportingOverflow(by: unit.size)
    return over ? nil : size
  }
}

extension KeyKind<Double> {
  static func float(_ range: ClosedRange<Double>) -> KeyKind {
    let isAny = range == -(.greatestFiniteMagnitude) ... .greatestFiniteMagnitude
    let bounds = "\(TOMLText.float(range.lowerBound))...\(TOMLText.float(range.upperBound))"
    return KeyKind(
      type: "float", plural: "numbers", phrase: isAny ? "a number" : "a number in \(bounds)",
      allowed: isAny ? "" : bounds, form: .float,
      parse: { value in
        switch value {
        case .float(let number): range.contains(number) ? number : nil
        case .integer(let number): range.contains(Double(number)) ? Double(number) : nil
        default: nil
        }
      },
      write: TOMLText.float)
  }
}

extension KeyKind<Bool> {
  static var boolean: KeyKind {
    KeyKind(
      type: "boolean", plural: "booleans", phrase: "true or false", form: .boolean,
      parse: { value in
        guard case .boolean(let flag) = value else { return nil }
        return flag
      },
      write: { "\($0)" })
  }
}
