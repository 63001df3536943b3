import CSodium

/// A seed of 32 bytes, from which a ``RandomStream`` follows byte for byte.
public struct Seed: Sendable {
  var words: InlineArray<4, UInt64>

  /// The seed with these four words.
  public init(_ a: UInt64, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0) { words = [a, b, c, d] }

  /// A seed of its own for `label` and `number`: keyed BLAKE2b of the two, under this seed.
  ///
  /// One parent seed gives every node, chain, worker and stage a stream that no draw elsewhere can shift.
  public func derived(_ label: StaticString, _ number: UInt64 = 0) -> Seed {
    var named = InlineArray<4, UInt64>(repeating: 0)
    label.withUTF8Buffer { text in
      unsafe blake2b(into: &named, of: UnsafeRawBufferPointer(text), key: words)
    }
    let numbered: InlineArray<1, UInt64> = [number.littleEndian]
    var child = Seed(0)
    unsafe numbered.span.bytes.withUnsafeBytes { unsafe blake2b(into: &child.words, of: $0, key: named) }
    return child
  }
}

/// A deterministic stream of random bits: ChaCha20 under a key that every refill replaces (fast key erasure), so that
/// its state does not tell what it gave before.
///
/// The same seed gives the same bytes on every machine. A stream is a value that its stage keeps; it is noncopyable, so
/// two owners cannot draw the same bytes by accident. Its bits are fit for secrets when its seed came from ``Entropy``.
public struct RandomStream: ~Copyable, Sendable {
  private var block: InlineArray<64, UInt64>
  private var used: Int

  /// The stream of `seed`.
  public init(seed: Seed) {
    block = InlineArray(repeating: 0)
    for i in 0..<4 { block[i] = seed.words[i] }
    used = 64
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    if used == 64 { refill() }
    defer { used += 1 }
    let word = block[used]
    block[used] = 0
    return UInt64(littleEndian: word)
  }

  /// A number below `bound`, each equally likely (Lemire's multiply and reject); zero when `bound` is zero.
  public mutating func below(_ bound: UInt64) -> UInt64 {
    guard bound > 0 else { return 0 }
    var wide = next().multipliedFullWidth(by: bound)
    if wide.low < bound {
      let floor = (0 &- bound) % bound
      while wide.low < floor { wide = next().multipliedFullWidth(by: bound) }
    }
    return wide.high
  }

  /// Fills `bytes` with random bytes.
  public mutating func fill(_ bytes: inout MutableSpan<UInt8>) {
    let whole = bytes.count & ~7
    for at in stride(from: 0, to: whole, by: 8) { bytes.put(bigEndian: next().byteSwapped, at: at) }
    guard whole < bytes.count else { return }
    var word = next()
    for at in whole..<bytes.count {
      bytes[at] = UInt8(truncatingIfNeeded: word)
      word >>= 8
    }
  }

  /// The first four words are the key of the next block and are never given out.
  private mutating func refill() {
    var key = InlineArray<4, UInt64>(repeating: 0)
    for i in 0..<4 { key[i] = block[i] }
    unsafe withUnsafePointer(to: key) { key in
      unsafe withUnsafeMutablePointer(to: &block) { unsafe sodium_key_stream($0, 512, key) }
    }
    unsafe withUnsafeMutablePointer(to: &key) { unsafe sodium_memzero($0, 32) }
    used = 4
  }
}

/// Keyed BLAKE2b-256.
private func blake2b(
  into out: inout InlineArray<4, UInt64>, of input: UnsafeRawBufferPointer, key: InlineArray<4, UInt64>
) {
  unsafe withUnsafePointer(to: key) { key in
    unsafe withUnsafeMutablePointer(to: &out) {
      unsafe sodium_blake2b($0, 32, input.baseAddress, input.count, key, 32)
    }
  }
}
