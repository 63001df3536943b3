import MixNet
import Testing

@testable import Pool

/// The batch follows the rate of the packets.
@Suite struct AdaptiveTests {
  /// Packets at a steady rate for a while: the batches of the second half.
  private func batches(_ pool: PoolModel, perSecond: Int, seconds: Int = 4) -> ArraySlice<[Int]> {
    let gap = Nanos(1_000_000_000 / UInt64(perSecond))
    for _ in 0..<perSecond * seconds / 2 {
      pool.come(1)
      pool.pass(gap)
    }
    let first = pool.batches.count
    for _ in 0..<perSecond * seconds / 2 {
      pool.come(1)
      pool.pass(gap)
    }
    return pool.batches[first...]
  }

  /// 250 ms of packets, between 10 and 100.
  @Test(arguments: [(100, 25), (200, 50), (300, 75), (1_000, 100), (20, 10)])
  func theBatchIsWhatComesInHalfTheLimit(_ rate: Int, _ size: Int) {
    let pool = PoolModel(Sample.adaptive.strategy, .of())
    let batches = batches(pool, perSecond: rate)
    #expect(!batches.isEmpty)
    for batch in batches { #expect(abs(batch.count - size) <= max(1, size / 6), "\(batch.count)") }
  }

  /// Ten packets do not come within the limit: it fires the pool.
  @Test func atALowRateTheLimitFires() {
    let pool = PoolModel(Sample.adaptive.strategy, .of())
    let batches = batches(pool, perSecond: 10, seconds: 10)
    #expect(batches.allSatisfy { (5...6).contains($0.count) })
    #expect(pool.core.counts.late > 0)
  }

  @Test func theRateIsFollowedUpAndDown() {
    let pool = PoolModel(Sample.adaptive.strategy, .of())
    func size(_ rate: Int) -> Int { batches(pool, perSecond: rate).last?.count ?? 0 }
    let sizes = [100, 300, 100].map(size)
    #expect((22...28).contains(sizes[0]))
    #expect((65...85).contains(sizes[1]))
    #expect((22...28).contains(sizes[2]))
  }

  @Test func aBurstLeavesInBatchesOfAtMostTheLargest() {
    let pool = PoolModel(AdaptiveStrategy(batch: 10...20, latencyMax: .ms(500)), .of())
    pool.come(64)
    // They leave at one time, so that they are mixed with one another: three batches of 20, and four packets wait.
    #expect(pool.core.counts.batches == 3)
    #expect(pool.held == 4)
  }

  @Test func aLongSilenceIsForgotten() {
    var meter = RateMeter(window: .ms(10))
    var now = PoolModel.start
    for _ in 0..<200 {
      meter.add(50, now)
      now = now + .ms(10)
    }
    let full = meter.perWindow
    #expect(full > 49 << RateMeter.bits && full <= 50 << RateMeter.bits)
    meter.add(0, now + .s(1_000_000))
    #expect(meter.perWindow < 1 << RateMeter.bits)
    meter.add(.max, .never)
    meter.add(.max, .never)
    meter.add(-5, .zero)
  }
}
