/// A quick hash and a stream of words from it: enough to find what chance has changed, and no match for anyone.
struct StubHash {
  private var lanes: SIMD4<UInt64>

  init(_ seed: UInt64) { lanes = SIMD4(seed, seed ^ 0x243f_6a88_85a3_08d3, ~seed, seed &* 0x9e37_79b9_7f4a_7c15) }

  mutating func add(_ word: UInt64) {
    let (high, low) = (lanes[0] ^ word).multipliedFullWidth(by: 0x9fb2_1c65_1e98_df25)
    lanes[0] = lanes[1] &+ (high ^ low)
    lanes[1] = lanes[1] &* 3 &+ word
  }

  /// Adds bytes, 32 at a time in lanes of their own, and their number.
  mutating func add(_ bytes: Span<UInt8>) {
    var sums = InlineArray<4, UInt64>(repeating: 0)
    for i in 0..<4 { sums[i] = lanes[i] }
    let blocks = bytes.count / 32
    unsafe bytes.withUnsafeBytes { memory in
      for block in 0..<blocks {
        for i in 0..<4 {
          let word = unsafe memory.loadUnaligned(fromByteOffset: 32 * block + 8 * i, as: UInt64.self)
          let (high, low) = (sums[i] ^ UInt64(littleEndian: word)).multipliedFullWidth(by: 0x9fb2_1c65_1e98_df25)
          sums[i] = high ^ low ^ (sums[i] << 7)
        }
      }
    }
    var at = 32 * blocks
    while at < bytes.count {
      var word: UInt64 = 0
      for place in at..<min(at + 8, bytes.count) { word = word << 8 | UInt64(bytes[place]) }
      add(word)
      at += 8
    }
    for i in 0..<4 { add(sums[i]) }
    add(UInt64(bytes.count))
  }

  /// The next word.
  mutating func next() -> UInt64 {
    add(0xd1b5_4a32_d192_ed03)
    let z = (lanes[0] ^ (lanes[0] >> 31)) &* 0xbf58_476d_1ce4_e5b9
    return z ^ (z >> 29) ^ lanes[1]
  }
}
