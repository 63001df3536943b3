/// Thirty-two public bytes by value: an address, a destination, a replay tag, a public key.
public struct Bytes32: Hashable, Sendable, CustomStringConvertible {
  /// The bytes as words in the order of memory: the first byte is the lowest of the first word.
  public let words: InlineArray<4, UInt64>

  /// The bytes that these words hold.
  public init(words: InlineArray<4, UInt64>) { self.words = words }

  /// A copy of exactly 32 bytes; nil for any other count.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self.init(of: bytes, at: 0)
  }

  /// A copy of exactly 32 bytes; nil for any other count.
  public init?(_ bytes: [UInt8]) { self.init(bytes.span) }

  init(of bytes: Span<UInt8>, at offset: Int) {
    words = [
      loadWord(bytes, at: offset), loadWord(bytes, at: offset + 8),
      loadWord(bytes, at: offset + 16), loadWord(bytes, at: offset + 24),
    ]
  }

  /// The bytes as an array.
  public var array: [UInt8] { (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> (8 * UInt64($0 % 8))) } }

  /// Writes the bytes at `offset`, which must leave room for all of them.
  public func write(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    for i in 0..<4 { storeWord(words[i], into: &bytes, at: offset + 8 * i) }
  }

  /// Equal when all bytes are.
  public static func == (a: Self, b: Self) -> Bool {
    (a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1]) | (a.words[2] ^ b.words[2]) | (a.words[3] ^ b.words[3]) == 0
  }

  /// Hashes all bytes.
  public func hash(into hasher: inout Hasher) { for i in 0..<4 { hasher.combine(words[i]) } }

  /// Lower-case hex.
  public var description: String { hexText(array) }
}

/// Sixteen public bytes by value: the identifier of a reply.
public struct Bytes16: Hashable, Sendable, CustomStringConvertible {
  /// The bytes as words in the order of memory: the first byte is the lowest of the first word.
  public let words: InlineArray<2, UInt64>

  /// The bytes that these words hold.
  public init(words: InlineArray<2, UInt64>) { self.words = words }

  /// A copy of exactly 16 bytes; nil for any other count.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count == 16 else { return nil }
    self.init(of: bytes, at: 0)
  }

  /// A copy of exactly 16 bytes; nil for any other count.
  public init?(_ bytes: [UInt8]) { self.init(bytes.span) }

  init(of bytes: Span<UInt8>, at offset: Int) {
    words = [loadWord(bytes, at: offset), loadWord(bytes, at: offset + 8)]
  }

  /// Whether no bit is set.
  public var isZero: Bool { words[0] | words[1] == 0 }

  /// The bytes as an array.
  public var array: [UInt8] { (0..<16).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> (8 * UInt64($0 % 8))) } }

  /// Writes the bytes at `offset`, which must leave room for all of them.
  public func write(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
    for i in 0..<2 { storeWord(words[i], into: &bytes, at: offset + 8 * i) }
  }

  /// Equal when all bytes are.
  public static func == (a: Self, b: Self) -> Bool {
    (a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1]) == 0
  }

  /// Hashes all bytes.
  public func hash(into hasher: inout Hasher) { for i in 0..<2 { hasher.combine(words[i]) } }

  /// Lower-case hex.
  public var description: String { hexText(array) }
}

private func hexText(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The little-endian word at `offset`.
private func loadWord(_ bytes: Span<UInt8>, at offset: Int) -> UInt64 {
  precondition(offset >= 0 && bytes.count - offset >= 8, "no word there")
  return unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
}

private func storeWord(_ word: UInt64, into bytes: inout MutableSpan<UInt8>, at offset: Int) {
  for i in 0..<8 { bytes[offset + i] = UInt8(truncatingIfNeeded: word >> (8 * UInt64(i))) }
}
