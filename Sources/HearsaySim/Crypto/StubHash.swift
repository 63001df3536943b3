/// A quick hash and a stream of words from it: enough to find what chance has changed, and no match for anyone.
struct StubHash {
  private var (a, b, c, d): (UInt64, UInt64, UInt64, UInt64)

  init(_ seed: UInt64) { (a, b, c, d) = (seed, seed ^ 0x243f_6a88_85a3_08d3, ~seed, seed &* 0x9e37_79b9_7f4a_7c15) }

  mutating func add(_ word: UInt64) {
    let (high, low) = (a ^ word).multipliedFullWidth(by: 0x9fb2_1c65_1e98_df25)
    a = b &+ (high ^ low)
    b = b &* 3 &+ word
  }

  /// Adds bytes, 32 at a time in lanes of their own, and their number.
  mutating func add(_ bytes: Span<UInt8>) {
    var (sumA, sumB, sumC, sumD) = (a, b, c, d)
    let blocks = bytes.count / 32
    unsafe bytes.withUnsafeBytes { memory in
      guard let start = memory.baseAddress else { return }
      for block in 0..<blocks {
        let at = unsafe start + 32 * block
        sumA = unsafe Self.mix(sumA, at.loadUnaligned(as: UInt64.self))
        sumB = unsafe Self.mix(sumB, at.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        sumC = unsafe Self.mix(sumC, at.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        sumD = unsafe Self.mix(sumD, at.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
      }
    }
    var at = 32 * blocks
    while at < bytes.count {
      var word: UInt64 = 0
      for place in at..<min(at + 8, bytes.count) { word = word << 8 | UInt64(bytes[place]) }
      add(word)
      at += 8
    }
    add(sumA)
    add(sumB)
    add(sumC)
    add(sumD)
    add(UInt64(bytes.count))
  }

  @inline(__always)
  private static func mix(_ sum: UInt64, _ word: UInt64) -> UInt64 {
    let (high, low) = (sum ^ UInt64(littleEndian: word)).multipliedFullWidth(by: 0x9fb2_1c65_1e98_df25)
    return high ^ low ^ (sum << 7)
  }

  /// The next word.
  mutating func next() -> UInt64 {
    add(0xd1b5_4a32_d192_ed03)
    let z = (a ^ (a >> 31)) &* 0xbf58_476d_1ce4_e5b9
    return z ^ (z >> 29) ^ b
  }
}
