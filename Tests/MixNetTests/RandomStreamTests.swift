import MixNet
import Testing

@Suite struct RandomStreamTests {
  @Test func sameSeedSameBytes() {
    var a = RandomStream(seed: Seed(1, 2, 3, 4))
    var b = RandomStream(seed: Seed(1, 2, 3, 4))
    var c = RandomStream(seed: Seed(1, 2, 3, 5))
    for _ in 0..<1000 {
      let word = a.next()
      #expect(word == b.next())
      #expect(word != c.next())
    }
  }

  /// ChaCha20's first block under a zero key and zero nonce (draft-agl-tls-chacha20poly1305, test vector 1) goes on with
  /// `da 41 59 7c 51 57 48 8d` after the 32 bytes that become the next key.
  @Test func firstWordsAreChaCha20() {
    var stream = RandomStream(seed: Seed(0))
    #expect(stream.next() == 0x8d48_5751_7c59_41da)
  }

  @Test func derivedSeedsDiffer() {
    var seen: Set<UInt64> = []
    for label in ["node", "link"] as [StaticString] {
      for number in 0..<100 as Range<UInt64> {
        var stream = RandomStream(seed: Seed(7).derived(label, number))
        seen.insert(stream.next())
      }
    }
    #expect(seen.count == 200)
  }

  /// Chi-squared over 60,000 draws of 6: 5 degrees of freedom, 99.99 % lie below 25.7; the seed is fixed.
  @Test func belowIsUniform() {
    var stream = RandomStream(seed: Seed(42))
    var counts = [Double](repeating: 0, count: 6)
    for _ in 0..<60_000 { counts[Int(stream.below(6))] += 1 }
    let chi = counts.reduce(0) { $0 + ($1 - 10_000) * ($1 - 10_000) / 10_000 }
    #expect(chi < 25.7)
    #expect(stream.below(0) == 0 && stream.below(1) == 0)
  }

  @Test func fillsEveryLength() {
    for length in 0..<40 {
      var bytes = [UInt8](repeating: 0, count: length)
      var ones = 0
      var stream = RandomStream(seed: Seed(UInt64(length)))
      for _ in 0..<64 {
        var span = bytes.mutableSpan
        stream.fill(&span)
        ones += bytes.reduce(0) { $0 + $1.nonzeroBitCount }
      }
      #expect(length == 0 || abs(Double(ones) / Double(64 * 8 * length) - 0.5) < 0.1)
    }
  }
}
