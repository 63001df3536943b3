// Numbers on the wire are big-endian. Reading past the end gives zero bytes and writing past it writes nothing: a codec
// checks its lengths first, and no length that a peer chose can make these trap.
//
// The generic ones are inlinable: other modules would otherwise call them unspecialised, which is slow.

extension Span<UInt8> {
  /// The eight bytes from `offset` on as a number; bytes past the end count as zero.
  public func bigEndianWord(at offset: Int) -> UInt64 {
    bigEndian(at: offset)
  }

  /// The number of type `T` at `offset`; bytes past the end count as zero.
  @inlinable
  public func bigEndian<T: FixedWidthInteger & UnsignedInteger>(at offset: Int, as: T.Type = T.self) -> T {
    let size = T.bitWidth / 8
    var value: T = 0
    if offset >= 0, offset <= count - size {
      // Without a question for each byte the compiler makes a single load of it.
      let part = extracting(offset..<offset + size)
      for i in 0..<size { value = value << 8 | T(part[i]) }
    } else {
      for i in offset..<offset + size { value = value << 8 | (indices.contains(i) ? T(self[i]) : 0) }
    }
    return value
  }
}

extension MutableSpan<UInt8> {
  /// Writes `value` from `offset` on; what lies past the end is left out.
  @inlinable
  public mutating func put<T: FixedWidthInteger & UnsignedInteger>(bigEndian value: T, at offset: Int) {
    let size = T.bitWidth / 8
    if offset >= 0, offset <= count - size {
      return unsafe withUnsafeMutableBytes {
        unsafe $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
      }
    }
    for i in 0..<size where indices.contains(offset + i) {
      self[offset + i] = UInt8(truncatingIfNeeded: value >> T(8 * (size - 1 - i)))
    }
  }

  /// Copies `bytes` to `offset`; what lies past the end is left out.
  public mutating func put(_ bytes: Span<UInt8>, at offset: Int) {
    precondition(offset >= 0, "bytes cannot be put before the first")
    let size = Swift.min(bytes.count, count - offset)
    guard size > 0 else { return }
    unsafe withUnsafeMutableBytes { out in
      unsafe bytes.withUnsafeBytes { bytes in
        guard let source = bytes.baseAddress, let target = out.baseAddress else { return }
        unsafe (target + offset).copyMemory(from: source, byteCount: size)
      }
    }
  }
}
