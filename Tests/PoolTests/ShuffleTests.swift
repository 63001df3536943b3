import MixNet
import Testing

@testable import Pool

/// Orders and choices are equally likely. The seeds are fixed, so these tests say the same every time; the bounds are those
/// that chance would exceed once in ten thousand.
@Suite struct ShuffleTests {
  /// Pearson's statistic against equal shares.
  private func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.map { (Double($0) - expected) * (Double($0) - expected) / expected }.reduce(0, +)
  }

  /// The number of an order of 0, 1, ... n - 1.
  private func number(_ order: [Int]) -> Int {
    order.indices.reduce(0) { number, i in
      number * (order.count - i) + order[(i + 1)...].count { $0 < order[i] }
    }
  }

  @Test func everyOrderOfABatchIsEquallyLikely() {
    var counts = [Int](repeating: 0, count: 120)
    let pool = PoolModel(FlushStrategy(threshold: 5, rounds: nil), .of())
    for round in 0..<36_000 {
      pool.come(5)
      counts[number(pool.batches[round].map { $0 - 5 * round })] += 1
    }
    // 119 degrees of freedom.
    #expect(chiSquare(counts) < 184)
  }

  /// Batches of several arrivals at several times, so that the places in the pool differ.
  @Test func theOrderTellsNothingOfTheOrderOfComing() {
    var counts = [Int](repeating: 0, count: 24)
    let pool = PoolModel(Sample.timed.strategy, .of())
    for round in 0..<24_000 {
      pool.come(1)
      pool.pass(.ms(3))
      pool.come(2)
      pool.pass(.ms(3))
      pool.come(1)
      pool.pass(.ms(94))
      counts[number(pool.batches[round].map { $0 - 4 * round })] += 1
    }
    // 23 degrees of freedom.
    #expect(chiSquare(counts) < 56)
  }

  @Test func everyPacketIsEquallyLikelyToStay() {
    var counts = [Int](repeating: 0, count: 12)
    for seed in 0..<6_000 as Range<UInt64> {
      let pool = PoolModel(TimedPoolStrategy(keep: 4, rounds: Sample.rounds), .of(ms: 60_000), seed: seed)
      for _ in 0..<4 { pool.come(3) }
      pool.pass(.ms(50))
      for packet in 0..<12 where pool.left[packet] == nil { counts[packet] += 1 }
    }
    #expect(counts.reduce(0, +) == 24_000)
    // 11 degrees of freedom; four are drawn at once, which makes the statistic smaller.
    #expect(chiSquare(counts) < 37)
  }

  @Test func everyPacketIsEquallyLikelyToBeCrowdedOut() {
    var counts = [Int](repeating: 0, count: 9)
    for seed in 0..<9_000 as Range<UInt64> {
      let pool = PoolModel(FlushStrategy(threshold: 100, rounds: nil), .of(8), seed: seed)
      pool.come(8)
      pool.come(1)
      for packet in pool.left.keys { counts[packet] += 1 }
    }
    #expect(counts.reduce(0, +) == 9_000)
    // 8 degrees of freedom.
    #expect(chiSquare(counts) < 32)
  }

  @Test func theStatisticSeesABias() {
    #expect(chiSquare([1_100, 1_000, 1_000, 900]) > 18)
    #expect(Set((0..<24).map { number(Self.orders[$0]) }).count == 24)
  }

  private static let orders: [[Int]] = (0..<256).map { [$0 & 3, $0 >> 2 & 3, $0 >> 4 & 3, $0 >> 6] }
    .filter { Set($0).count == 4 }
}
