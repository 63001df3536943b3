import MixNet
import Testing

@testable import Pool

/// What each strategy does with a few packets.
@Suite struct StrategyTests {
  private func model(_ strategy: any PoolStrategy, ms: UInt64 = 500) -> PoolModel { PoolModel(strategy, .of(ms: ms)) }

  @Test func aTimedPoolLetsAllGoAtTheEndOfARound() {
    let pool = model(Sample.timed.strategy)
    pool.come(1)
    pool.pass(.ms(30))
    pool.come(40)
    #expect(pool.batches.isEmpty)
    pool.pass(.ms(19))
    #expect(pool.batches.isEmpty)
    pool.pass(.ms(1))
    #expect(pool.batches.map(\.count) == [41])
    #expect(pool.stay(0) == .ms(50))
  }

  /// The rounds go on in an empty pool: a packet that comes 20 ms before the end of the fifth is held 20 ms.
  @Test func roundsGoOnWithoutPackets() {
    let pool = model(Sample.timed.strategy)
    pool.come(1)
    pool.pass(.ms(230))
    pool.come(1)
    #expect(pool.batches.count == 1)
    pool.pass(.ms(100))
    #expect(pool.stay(1) == .ms(20))
  }

  @Test func aThresholdPoolWaitsForEnough() {
    let pool = model(Sample.threshold.strategy)
    for _ in 0..<9 { pool.come(1) }
    #expect(pool.batches.isEmpty)
    pool.come(1)
    #expect(pool.batches.map(\.count) == [10])
    pool.come(25)
    #expect(pool.batches.map(\.count) == [10, 25])
  }

  @Test func whatComesFirstFiresAThresholdOrTimedPool() {
    let pool = model(Sample.thresholdOrTimed.strategy)
    pool.come(3)
    pool.pass(.ms(50))
    pool.come(3)
    pool.pass(.ms(20))
    pool.come(7)
    #expect(pool.batches.map(\.count) == [3, 10])
    #expect(pool.stay(3) == .ms(20))
    // The round that was under way is not begun anew.
    pool.come(1)
    pool.pass(.ms(30))
    #expect(pool.stay(13) == .ms(30))
  }

  @Test func aTimedPoolWithARestKeepsIt() {
    let pool = model(TimedPoolStrategy(keep: 10, rounds: Sample.rounds), ms: 60_000)
    pool.come(8)
    pool.pass(.ms(200))
    #expect(pool.batches.isEmpty)
    pool.come(20)
    pool.pass(.ms(50))
    #expect(pool.batches.map(\.count) == [18])
    #expect(pool.held == 10)
    // Those that stayed are of the old and of the new ones.
    pool.come(990)
    pool.pass(.ms(50))
    #expect(pool.held == 10)
  }

  /// A lone packet leaves when its time is over, whatever the strategy waits for.
  @Test(arguments: Sample.allCases)
  func aLonePacketLeavesAtItsLimit(_ sample: Sample) throws {
    let pool = model(sample.strategy)
    pool.come(1)
    pool.pass(.ms(500))
    let stay = try #require(pool.stay(0))
    #expect(stay <= .ms(500))
    #expect(stay >= .ms(50))
    #expect(pool.core.wake == .never)
  }

  /// Packets whose limit comes before the next round leave in this one, among others, and not between two rounds.
  @Test func packetsLeaveInARoundBeforeTheirLimit() {
    let pool = PoolModel(TimedPoolStrategy(keep: 100, rounds: Sample.rounds), .of(ms: 120))
    pool.come(1)
    pool.pass(.ms(10))
    pool.come(5)
    pool.pass(.ms(35))
    pool.come(5)
    pool.pass(.ms(500))
    // Limits at 120, 130 and 165 ms: the round at 100 ms is the last one before the first two, that at 150 ms before the third.
    #expect(pool.batches.map { Set($0) } == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10]])
    #expect(pool.stay(0) == .ms(100))
    #expect(pool.stay(6) == .ms(105))
    #expect(pool.core.counts.late == 0)
  }
}

/// A class may have a limit of its own.
@Suite struct PriorityTests {
  private func model(_ strategy: any PoolStrategy) -> PoolModel {
    PoolModel(strategy, PoolSettings(heldMax: 1_000, limits: [.ms(500), .ms(80), .ms(40), .ms(20)]))
  }

  @Test func aClassLeavesTogetherAtItsLimit() {
    let pool = model(Sample.threshold.strategy)
    pool.come([0, 1])
    pool.pass(.ms(60))
    pool.come([0, 1])
    pool.pass(.ms(20))
    #expect(pool.batches.map { Set($0) } == [[1, 3]])
    #expect(pool.stay(3) == .ms(20))
    // Higher classes go with it, lower ones stay.
    pool.come([3, 2, 0])
    pool.pass(.ms(20))
    #expect(pool.batches.map { Set($0) } == [[1, 3], [4]])
    pool.pass(.ms(20))
    #expect(pool.batches.map { Set($0) } == [[1, 3], [4], [5]])
    pool.pass(.ms(400))
    #expect(pool.batches.last.map { Set($0) } == [0, 2, 6])
  }

  @Test func classesAboveTheLastCountToIt() {
    let pool = model(Sample.threshold.strategy)
    pool.come([200])
    pool.pass(.ms(100))
    #expect(pool.stay(0) == .ms(20))
  }

  @Test func aRoundTakesThoseWithItThatWouldBeLate() {
    let pool = model(TimedPoolStrategy(keep: 100, rounds: Sample.rounds))
    pool.come([0])
    pool.pass(.ms(30))
    pool.come([2, 0, 1])
    pool.pass(.ms(20))
    // At 50 ms: the limit of the second class is at 70 ms; that of the first at 110 ms, after the next round.
    #expect(pool.batches == [[1]])
    pool.pass(.ms(50))
    #expect(pool.batches == [[1], [3]])
  }
}
