import MixNet

/// Reads a message's fields one after another; nil as soon as one does not fit. The bytes are lent in each call.
struct FieldReader {
  private(set) var at = 0

  mutating func u8(_ bytes: Span<UInt8>) -> UInt8? { number(bytes) }
  mutating func u16(_ bytes: Span<UInt8>) -> UInt16? { number(bytes) }
  mutating func u32(_ bytes: Span<UInt8>) -> UInt32? { number(bytes) }
  mutating func u64(_ bytes: Span<UInt8>) -> UInt64? { number(bytes) }

  /// Zero or one, and nothing else.
  mutating func flag(_ bytes: Span<UInt8>) -> Bool? {
    guard let byte = u8(bytes), byte < 2 else { return nil }
    return byte == 1
  }

  mutating func id(_ bytes: Span<UInt8>) -> Bytes32? {
    guard bytes.count - at >= 32 else { return nil }
    defer { at += 32 }
    return Bytes32(bytes, at: at)
  }

  /// A count u8 and so many entries, at most `most`.
  mutating func list<T>(
    _ bytes: Span<UInt8>, most: Int, _ entry: (inout FieldReader, Span<UInt8>) -> T?
  ) -> [T]? {
    guard let count = u8(bytes), Int(count) <= most else { return nil }
    var all: [T] = []
    for _ in 0..<count {
      guard let one = entry(&self, bytes) else { return nil }
      all.append(one)
    }
    return all
  }

  /// Whether all was read.
  func isAtEnd(_ bytes: Span<UInt8>) -> Bool { at == bytes.count }

  private mutating func number<T: FixedWidthInteger & UnsignedInteger>(_ bytes: Span<UInt8>) -> T? {
    let size = T.bitWidth / 8
    guard bytes.count - at >= size else { return nil }
    defer { at += size }
    return bytes.bigEndian(at: at, as: T.self)
  }
}

extension [UInt8] {
  /// Appends a number, its top byte first.
  mutating func append<T: FixedWidthInteger & UnsignedInteger>(bigEndian value: T) {
    for i in 1...T.bitWidth / 8 { append(UInt8(truncatingIfNeeded: value >> T(T.bitWidth - 8 * i))) }
  }

  /// Appends an id.
  mutating func append(_ id: Bytes32) {
    for i in 0..<4 { append(bigEndian: id.words[i].byteSwapped) }
  }
}
