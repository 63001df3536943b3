/// Sixteen bytes by value: a SURB identifier, an IPv6 address.
public struct Bytes16: Hashable, Sendable, CustomStringConvertible {
  private var a: UInt64
  private var b: UInt64

  /// Sixteen zero bytes.
  public init() { (a, b) = (0, 0) }

  /// The first sixteen of `bytes`; missing ones are zero.
  public init(_ bytes: Span<UInt8>) { (a, b) = (bytes.bigEndianWord(at: 0), bytes.bigEndianWord(at: 8)) }

  /// The first sixteen of `bytes`; missing ones are zero.
  public init(_ bytes: [UInt8]) { self.init(bytes.span) }

  /// True when every byte is zero.
  public var isZero: Bool { a | b == 0 }

  /// Writes the bytes into `out` from `offset` on, as far as they fit.
  public func write(to out: inout MutableSpan<UInt8>, at offset: Int = 0) {
    out.put(bigEndian: a, at: offset)
    out.put(bigEndian: b, at: offset + 8)
  }

  /// The bytes as an array.
  public var array: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 16)
    var span = bytes.mutableSpan
    write(to: &span)
    return bytes
  }

  /// Lower-case hex.
  public var description: String { Hex.text(array) }
}

/// Thirty-two bytes by value: a node's or client's address, a public key, a packet's id.
public struct Bytes32: Hashable, Sendable, CustomStringConvertible {
  private var a: UInt64
  private var b: UInt64
  private var c: UInt64
  private var d: UInt64

  /// Thirty-two zero bytes.
  public init() { (a, b, c, d) = (0, 0, 0, 0) }

  /// The first thirty-two of `bytes`; missing ones are zero.
  public init(_ bytes: Span<UInt8>) {
    (a, b) = (bytes.bigEndianWord(at: 0), bytes.bigEndianWord(at: 8))
    (c, d) = (bytes.bigEndianWord(at: 16), bytes.bigEndianWord(at: 24))
  }

  /// The first thirty-two of `bytes`; missing ones are zero.
  public init(_ bytes: [UInt8]) { self.init(bytes.span) }

  /// The 64 hex digits of `text`, or nil.
  public init?(hex text: String) {
    guard let bytes = Hex.bytes(text), bytes.count == 32 else { return nil }
    self.init(bytes)
  }

  /// True when every byte is zero.
  public var isZero: Bool { a | b | c | d == 0 }

  /// The first eight bytes as a big-endian number: enough to shard or to name by.
  public var prefix: UInt64 { a }

  /// Writes the bytes into `out` from `offset` on, as far as they fit.
  public func write(to out: inout MutableSpan<UInt8>, at offset: Int = 0) {
    out.put(bigEndian: a, at: offset)
    out.put(bigEndian: b, at: offset + 8)
    out.put(bigEndian: c, at: offset + 16)
    out.put(bigEndian: d, at: offset + 24)
  }

  /// The bytes as an array.
  public var array: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    var span = bytes.mutableSpan
    write(to: &span)
    return bytes
  }

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
