import MixNet
import Testing

@testable import Pool

/// What holds for every pool, whatever its strategy and whatever comes.
@Suite struct CoreTests {
  /// One life of a pool: bursts, pauses, silence, a stop. Every packet leaves once, by its limit; no more are held than may be.
  private func live(_ strategy: any PoolStrategy, _ settings: PoolSettings, seed: UInt64) -> PoolModel {
    let pool = PoolModel(strategy, settings, seed: seed)
    var random = RandomStream(seed: Seed(seed).derived("life"))
    var most = 0
    for _ in 0..<120 {
      let count = random.below(4) == 0 ? random.below(60) : random.below(3)
      pool.come((0..<count).map { _ in UInt8(random.below(5)) })
      most = max(most, pool.held)
      let isAwake = pool.core.wake > pool.now
      #expect(isAwake, "it asks for a time that has come")
      #expect((pool.core.wake == .never) == (pool.held == 0))
      pool.pass(.us(random.below(8) == 0 ? random.below(900_000) : random.below(9_000)))
    }
    #expect(most <= settings.heldMax)
    if seed % 2 == 0 { pool.pass(.s(5)) } else { pool.stop() }
    #expect(pool.twice == 0)
    #expect(pool.left.count == pool.came.count)
    #expect(pool.held == 0)
    for (packet, stay) in pool.came.indices.map({ ($0, pool.stay($0)) }) {
      let limit = settings.limit(pool.classes[packet])
      #expect(stay.map { $0 <= limit } == true, "packet \(packet) of class \(pool.classes[packet])")
    }
    return pool
  }

  @Test(arguments: Sample.allCases)
  func everyPacketLeavesOnceAndInTime(_ sample: Sample) {
    var packets = 0
    for seed in 0..<60 as Range<UInt64> {
      let limits: InlineArray<4, Nanos> =
        seed % 3 == 0 ? .init(repeating: .ms(500)) : [.ms(500), .ms(120), .ms(60), .ms(7)]
      let heldMax = [1, 7, 40, 1_000][Int(seed % 4)]
      packets += live(sample.strategy, PoolSettings(heldMax: heldMax, limits: limits), seed: seed).came.count
    }
    #expect(packets > 50_000)
  }

  /// The same packets, times and seed: the same order.
  @Test(arguments: Sample.allCases)
  func theSameSeedGivesTheSameOrder(_ sample: Sample) {
    let lives = [3, 3, 5].map { live(sample.strategy, .of(), seed: $0).batches }
    #expect(lives[0] == lives[1])
    #expect(lives[0] != lives[2])
  }

  /// A strategy that says nonsense can neither keep a packet too long nor keep the pool awake.
  @Test(arguments: [
    PoolDecision.wait(until: .zero), .wait(until: .never), .fire(0, next: .zero), .fire(-5, next: .never),
    .fire(.min, next: .zero), .fire(.max, next: .zero), .fire(1, next: .zero), .fire(1, next: .never),
  ])
  func aStrategyCannotBreakTheBounds(_ decision: PoolDecision) {
    struct Fixed: PoolStrategy {
      let decision: PoolDecision
      mutating func decide(held: Int, at now: Instant, _ random: inout RandomStream) -> PoolDecision { decision }
    }
    for seed in 0..<4 as Range<UInt64> { _ = live(Fixed(decision: decision), .of(40), seed: seed) }
  }

  /// A full pool stays full: one leaves for each that comes, and nothing is lost.
  @Test func aFullPoolGivesUpRandomPackets() {
    let pool = PoolModel(FlushStrategy(threshold: 1_000, rounds: nil), .of(100))
    for _ in 0..<20 { pool.come(50) }
    #expect(pool.held == 100)
    #expect(pool.left.count == 900)
    #expect(pool.core.counts.crowdedOut == 900)
    // No packet is sure to leave: of the first hundred, (1 - 1/101)^900 of 100 are expected to be left, which is nearly none;
    // of the last fifty two thirds and more.
    let stayed = (950..<1_000).count { pool.left[$0] == nil }
    #expect(stayed > 25)
  }

  /// Packets that come before those that leave are out: none is lost, none leaves without a reason.
  @Test func packetsMayComeWhileOthersLeave() {
    var random = RandomStream(seed: Seed(4))
    var core = PoolCore(FlushStrategy(threshold: 10, rounds: nil), .of(), spare: 64)
    var hold: [Int] = []
    var out: [Int] = []
    func come(_ range: Range<Int>) {
      let held = core.staying
      for packet in range {
        hold.append(packet)
        core.insert(priority: 0, at: PoolModel.start, &random)
      }
      core.arrived(range.count, held: held, at: PoolModel.start)
      core.decide(at: PoolModel.start, &random)
    }
    func leave(_ count: Int) {
      for _ in 0..<count {
        guard let place = core.next() else { return }
        out.append(hold[place])
        hold[place] = hold[hold.count - 1]
        hold.removeLast()
      }
    }
    come(0..<12)
    leave(5)
    come(12..<20)
    leave(4)
    #expect(core.leaving == 3)
    come(20..<21)
    leave(100)
    #expect(Set(out) == Set(0..<12))
    come(21..<22)
    leave(100)
    #expect(out.count == 22)
    #expect(Set(out) == Set(0..<22))
  }
}
