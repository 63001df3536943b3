import MixHost
import MixHostTesting
import MixNet
import Pool
import Testing
import ThresholdPools

@Suite struct ThresholdPoolTests {
  /// A strategy is a value: it is asked, without a pool.
  @Test(arguments: [
    (1, PoolDecision.wait(until: .never)), (29, .wait(until: .never)), (30, .fire(10, next: .never)),
    (45, .fire(25, next: .never)),
  ])
  func itWaitsForEnough(_ held: Int, _ decision: PoolDecision) {
    var pool = ThresholdPool(threshold: 10, keep: 20)
    var random = RandomStream(seed: Seed(1))
    let decided = pool.decide(held: held, at: .zero, &random)
    #expect(decided == decision)
  }

  private func conformance(_ keys: String) -> StageConformance {
    StageConformance(.pool(adding: [.thresholdPool]), config: "[pool]\nstrategy = \"threshold_pool\"\n" + keys)
  }

  /// The pool with it does what every stage must, and its limits are the pool's.
  @Test func conforms() throws { try conformance("threshold = 10").holding(atMost: .ms(500), packets: 4_096).run() }

  @Test func aRandomRestStays() throws {
    let packets = (0..<40).map { SamplePacket([UInt8($0), 1, 2, 3], link: $0) }
    let pool = conformance("threshold = 10\nkeep = 15")
    let fates = try pool.fates(of: packets).packets
    #expect(fates.count { $0.links == [StageConformance.end] } == 25)
    // No packet waits for ever: the limit of the time is the pool's.
    let later = try pool.fates(of: packets, after: .ms(501)).packets
    #expect(later.allSatisfy { $0.links == [StageConformance.end] })
  }

  @Test func mistakesAreShown() {
    let failures = [
      "keep = -1": "'keep' must be an integer in 0...4096; found -1",
      "held_max = 30": "'threshold' and 'keep' are more together than 'held_max', 30",
      "interval_ms = 5": "stage 'pool' has no key 'interval_ms'",
    ]
    for (keys, sentence) in failures {
      let report = conformance(keys).report()
      #expect(report.description.contains(sentence), "\(report)")
    }
  }
}
