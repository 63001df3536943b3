import Foundation
import MixNet
import Testing

@testable import Pool

/// Each packet leaves with the probability that its pool's curve says.
@Suite struct BinomialTests {
  private static let whole = Double(LeavingCurve.whole)

  @Test(arguments: [(40, 20), (100, 40), (1, 1), (1_048_576, 1_048_576), (500, 3), (20, 1_000)])
  func theTableIsTheNormalDistribution(_ mean: Int, _ deviation: Int) {
    let curve = LeavingCurve.normal(mean: mean, deviation: deviation)
    var worst = 0.0
    var last: UInt64 = 0
    for held in stride(from: 1, through: mean + 6 * deviation, by: max(1, deviation / 250)) {
      let share = curve.share(of: held)
      #expect(share >= last && share <= LeavingCurve.whole)
      last = share
      let exact = 0.5 * erfc(-Double(held - mean) / Double(deviation) / 2.0.squareRoot())
      worst = max(worst, abs(Double(share) / Self.whole - exact))
    }
    #expect(worst < 0.000_13)
  }

  @Test func nothingThatMayBeConfiguredTraps() {
    for held in [1, 2, 1_048_576, Int.max] {
      for mean in [1, 1_048_576] {
        for deviation in [1, 1_048_576] {
          #expect(LeavingCurve.normal(mean: mean, deviation: deviation).share(of: held) <= LeavingCurve.whole)
        }
      }
    }
  }

  @Test func theCottrellCurveKeepsItsRest() {
    let curve = LeavingCurve.cottrell(keep: 20, percent: 65)
    #expect([1, 19, 20].map { curve.share(of: $0) } == [0, 0, 0])
    #expect(curve.share(of: 40) == LeavingCurve.whole / 2)
    // From 58 packets on the percentage is what is less.
    #expect(curve.share(of: 57) < LeavingCurve.whole * 65 / 100)
    #expect(curve.share(of: 58) == LeavingCurve.whole * 65 / 100)
    #expect(curve.share(of: 1_000_000) == LeavingCurve.whole * 65 / 100)
  }

  /// Over many rounds the share that leaves is within four standard deviations of the curve; and the number that leaves
  /// varies as throws do, not as a fixed share would.
  @Test(
    arguments: [LeavingCurve.normal(mean: 40, deviation: 20), .cottrell(keep: 10, percent: 65)], [15, 40, 60, 90])
  func theShareThatLeavesIsThatOfTheCurve(_ curve: LeavingCurve, _ held: Int) {
    let rounds = 2_000
    var sum = 0.0
    var squares = 0.0
    for seed in 0..<UInt64(rounds) {
      let pool = PoolModel(BinomialStrategy(curve, rounds: Sample.rounds), .of(ms: 60_000), seed: seed)
      pool.come(held)
      pool.pass(.ms(50))
      let left = Double(pool.left.count)
      sum += left
      squares += left * left
    }
    let share = Double(curve.share(of: held)) / Self.whole
    let (mean, variance) = (Double(held) * share, Double(held) * share * (1 - share))
    let seen = sum / Double(rounds)
    #expect(abs(seen - mean) < 4 * (variance / Double(rounds)).squareRoot(), "\(seen) of \(mean)")
    let spread = squares / Double(rounds) - seen * seen
    #expect(spread > variance * 0.8 && spread < variance * 1.2, "\(spread) of \(variance)")
  }
}
