import MixNet
internal import TOML

extension KeyKind<String> {
  /// A string whose length in bytes of UTF-8 is in `length`.
  static func string(_ length: ClosedRange<Int>) -> KeyKind {
    let isAny = length == 0 ... .max
    return KeyKind(
      type: "string", plural: "strings", phrase: isAny ? "a string" : "a string of \(rangeText(length)) bytes",
      allowed: isAny ? "" : "\(rangeText(length)) bytes",
      parse: { value in
        guard case .string(let text) = value, length.contains(text.utf8.count) else { return nil }
        return text
      },
      write: TOMLText.quoted)
  }

  static var path: KeyKind {
    KeyKind(
      type: "path", plural: "paths", phrase: "a path of 1...4095 bytes",
      parse: { value in
        guard case .string(let text) = value, (1...4095).contains(text.utf8.count) else { return nil }
        return text.utf8.contains(0) ? nil : text
      },
      write: TOMLText.quoted)
  }
}

extension KeyKind {
  /// One of the `words`; `value` and `word` go from one to the other.
  static func choice(
    _ words: [String], value: @escaping (String) -> Value?, word: @escaping (Value) -> String
  ) -> KeyKind {
    let list = words.joined(separator: ", ")
    return KeyKind(
      type: "word", plural: "words out of: \(list)", phrase: "one of: \(list)", allowed: list, words: words,
      parse: { found in
        guard case .string(let text) = found, words.contains(text) else { return nil }
        return value(text)
      },
      write: { TOMLText.quoted(word($0)) })
  }
}

extension KeyKind<Address> {
  static var address: KeyKind {
    address("\"127.0.0.1:9001\", \"[::1]:9001\" or \"unix:PATH\"") { Address($0) }
  }

  /// One to connect to: it may be a name.
  static var target: KeyKind {
    address("\"127.0.0.1:9001\", \"[::1]:9001\", \"host.example:9001\" or \"unix:PATH\"") { Address.target($0) }
  }

  private static func address(_ examples: String, _ read: @escaping (String) -> Address?) -> KeyKind {
    KeyKind(
      type: "address", plural: "addresses", phrase: "an address such as \(examples)",
      parse: { value in
        guard case .string(let text) = value else { return nil }
        return read(text)
      },
      write: { TOMLText.quoted($0.description) },
      overlay: { text in
        guard let port = UInt16(text), text.utf8.first != 0x2b else { return nil }
        return { $0.with(port: port) }
      }, part: "a port in 0...65535, where an address with a port lies below it")
  }
}

extension KeyKind<[UInt8]> {
  /// Exactly `count` bytes as hexadecimal digits of either case.
  static func hex(_ count: Int) -> KeyKind {
    KeyKind(
      type: "hex", plural: "strings of \(2 * count) hexadecimal digits",
      phrase: "\(count) bytes as \(2 * count) hexadecimal digits", allowed: "\(count) bytes", isSecret: true,
      parse: { value in
        guard case .string(let text) = value else { return nil }
        let bytes = bytes(text)
        return bytes?.count == count ? bytes : nil
      },
      write: { TOMLText.quoted(digits($0)) })
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46, 0x61...0x66: (digit | 0x20) - 0x61 + 10
    default: nil
    }
  }

  private static func digits(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
