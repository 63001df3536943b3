/// Sixteen bytes by value: a SURB's identifier, a message's id.
public struct Bytes16: Hashable, Sendable, CustomStringConvertible {
  /// The bytes as words in the order of memory: the first byte is the lowest of the first word.
  public let words: InlineArray<2, UInt64>

  /// The bytes that these words hold.
  public init(words: InlineArray<2, UInt64>) { self.words = words }

  /// Zero bytes.
  public init() { words = InlineArray(repeating: 0) }

  /// The bytes from `offset` on; those past the end of `bytes` are zero.
  public init(_ bytes: Span<UInt8>, at offset: Int = 0) {
    var words = InlineArray<2, UInt64>(repeating: 0)
    for i in 0..<2 { words[i] = bytes.bigEndianWord(at: offset + 8 * i).byteSwapped }
    self.words = words
  }

  /// The first 16 of `bytes`; missing ones are zero.
  public init(_ bytes: [UInt8]) { self.init(bytes.span) }

  /// True when every byte is zero.
  public var isZero: Bool {
    var all: UInt64 = 0
    for i in 0..<2 { all |= words[i] }
    return all == 0
  }

  /// Writes the bytes into `out` from `offset` on, as far as they fit.
  public func write(to out: inout MutableSpan<UInt8>, at offset: Int = 0) {
    for i in 0..<2 { out.put(bigEndian: words[i].byteSwapped, at: offset + 8 * i) }
  }

  /// The bytes as an array.
  public var array: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 16)
    var span = bytes.mutableSpan
    write(to: &span)
    return bytes
  }

  /// Equal when all bytes are; takes the same time wherever they differ.
  public static func == (a: Self, b: Self) -> Bool {
    var different: UInt64 = 0
    for i in 0..<2 { different |= a.words[i] ^ b.words[i] }
    return different == 0
  }

  /// Hashes all bytes.
  public func hash(into hasher: inout Hasher) { for i in 0..<2 { hasher.combine(words[i]) } }

  /// Lower-case hex.
  public var description: String { Hex.text(array) }
}

/// Thirty-two bytes by value: a node's or client's address, a public key, a packet's id.
public struct Bytes32: Hashable, Sendable, CustomStringConvertible {
  /// The bytes as words in the order of memory: the first byte is the lowest of the first word.
  public let words: InlineArray<4, UInt64>

  /// The bytes that these words hold.
  public init(words: InlineArray<4, UInt64>) { self.words = words }

  /// Zero bytes.
  public init() { words = InlineArray(repeating: 0) }

  /// The bytes from `offset` on; those past the end of `bytes` are zero.
  public init(_ bytes: Span<UInt8>, at offset: Int = 0) {
    var words = InlineArray<4, UInt64>(repeating: 0)
    for i in 0..<4 { words[i] = bytes.bigEndianWord(at: offset + 8 * i).byteSwapped }
    self.words = words
  }

  /// The first 32 of `bytes`; missing ones are zero.
  public init(_ bytes: [UInt8]) { self.init(bytes.span) }

  /// The 64 hex digits of `text`, or nil.
  public init?(hex text: String) {
    guard let bytes = Hex.bytes(text), bytes.count == 32 else { return nil }
    self.init(bytes)
  }

  /// The first eight bytes as a big-endian number: enough to shard or to name by.
  public var prefix: UInt64 { words[0].byteSwapped }

  /// True when every byte is zero.
  public var isZero: Bool {
    var all: UInt64 = 0
    for i in 0..<4 { all |= words[i] }
    return all == 0
  }

  /// Writes the bytes into `out` from `offset` on, as far as they fit.
  public func write(to out: inout MutableSpan<UInt8>, at offset: Int = 0) {
    for i in 0..<4 { out.put(bigEndian: words[i].byteSwapped, at: offset + 8 * i) }
  }

  /// The bytes as an array.
  public var array: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    var span = bytes.mutableSpan
    write(to: &span)
    return bytes
  }

  /// Equal when all bytes are; takes the same time wherever they differ.
  public static func == (a: Self, b: Self) -> Bool {
    var different: UInt64 = 0
    for i in 0..<4 { different |= a.words[i] ^ b.words[i] }
    return different == 0
  }

  /// Hashes all bytes.
  public func hash(into hasher: inout Hasher) { for i in 0..<4 { hasher.combine(words[i]) } }

  /// Lower-case hex.
  public var description: String { Hex.text(array) }
}

/// Bytes as hex text.
public enum Hex {
  /// Two lower-case digits a byte.
  public static func text(_ bytes: [UInt8]) -> String {
    var text = ""
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.unicodeScalars.append(digit(byte >> 4))
      text.unicodeScalars.append(digit(byte & 15))
    }
    return text
  }

  /// The bytes of an even number of hex digits in either case, or nil.
  public static func bytes(_ text: String) -> [UInt8]? {
    guard text.utf8.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 2)
    var high: UInt8?
    for code in text.utf8 {
      guard let value = value(of: code) else { return nil }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }

  private static func digit(_ value: UInt8) -> Unicode.Scalar { Unicode.Scalar(value < 10 ? 48 + value : 87 + value) }

  private static func value(of code: UInt8) -> UInt8? {
    switch code {
    case 0x30...0x39: code - 0x30
    case 0x41...0x46: code - 0x37
    case 0x61...0x66: code - 0x57
    default: nil
    }
  }
}
