import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// What the link between two mixes shows of how much is said.
struct GapsTests {
  /// The mixes make up for what clients do not say: the gaps between frames are the same, over more than 20,000 of them.
  @Test("fault 30: links with cover look the same, whether clients say much or little")
  func coverMakesUpForSilence() {
    let samples = GapsMeasure(busy: 30, quiet: 1, floor: 40, seconds: 270, seed: 1).samples()
    let pooled = samples.reduce(0) { $0 + $1.gaps.count }
    #expect(samples.allSatisfy { $0.failures.isEmpty })
    #expect(pooled >= 20_000)
    #expect(KolmogorovSmirnov(samples[0].gaps, samples[1].gaps).p > 0.001)
    #expect(samples.allSatisfy { $0.sizes.count == 1 })
    #expect(samples[0].sizes == samples[1].sizes)
  }

  /// The same test rejects the same network without cover.
  @Test func withoutCoverLinksTell() {
    let samples = GapsMeasure(busy: 30, quiet: 1, floor: 0, seconds: 100, seed: 1).samples()
    #expect(KolmogorovSmirnov(samples[0].gaps, samples[1].gaps).p < 1e-6)
  }

  /// Kolmogorov's distribution from tables, and samples that are and are not alike.
  @Test func theTest() {
    #expect(abs(KolmogorovSmirnov.tail(1.358) - 0.05) < 0.001)
    #expect(abs(KolmogorovSmirnov.tail(1.628) - 0.01) < 0.001)
    #expect(abs(KolmogorovSmirnov.tail(1.949) - 0.001) < 0.0001)
    var random = RandomStream(seed: Seed(1))
    let draw = { (random: inout RandomStream, mean: UInt64) in
      Delay.exponential(least: .zero, mean: .ms(mean)).length(random.next()).ns
    }
    let one = (0..<5_000).map { _ in draw(&random, 100) }
    let same = (0..<5_000).map { _ in draw(&random, 100) }
    let other = (0..<5_000).map { _ in draw(&random, 120) }
    #expect(KolmogorovSmirnov(one, same).p > 0.001)
    #expect(KolmogorovSmirnov(one, other).p < 1e-6)
    #expect(KolmogorovSmirnov(one, one).distance == 0)
    #expect(KolmogorovSmirnov([1, 2], [3, 4]).distance == 1)
    #expect(KolmogorovSmirnov([], one).p == 1)
  }
}
