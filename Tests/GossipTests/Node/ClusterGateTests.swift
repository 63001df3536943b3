import Gossip
import GossipSim
import MixNet
import Testing

/// The figures that gossip must reach, with fewer nodes than `hearsay-sim gossip --gates --full` has.
@Suite struct ClusterGateTests {
  @Test(
    "fault 27: what gossip must reach, with many identities of one party among others",
    arguments: ClusterGate.all.map(\.name))
  func isReached(_ name: String) throws {
    let gate = try #require(ClusterGate.all.first { $0.name == name })
    let outcome = ClusterRun(gate.scenario(isFull: false)).run()
    #expect(outcome.broken.isEmpty)
    for check in gate.checks(outcome) {
      #expect(check.isGood, "\(check.name): \(check.value.map { "\($0)" } ?? "never"), bound \(check.bound)")
    }
  }

  private func small(_ seed: UInt64) -> ClusterScenario {
    var scenario = ClusterScenario()
    (scenario.nodes, scenario.publishers, scenario.messages, scenario.seed) = (40, 4, 40, seed)
    return scenario
  }

  @Test func theSameWordsGiveTheSameRun() {
    let (one, two) = (ClusterRun(small(7)).run(), ClusterRun(small(7)).run())
    #expect(one.hash == two.hash && one.events == two.events)
    #expect(ClusterRun(small(8)).run().hash != one.hash)
  }

  @Test func pairsAreCounted() {
    let outcome = ClusterRun(small(3)).run()
    #expect(outcome.expected == 40 * 39)
    #expect(outcome.received == outcome.expected)
    #expect(outcome.latencyHalf > 10 && outcome.latencyHalf < outcome.latency99)
    #expect(outcome.rmrAll > outcome.rmr)
  }

  /// After a crash the messages of the survivors count, for the survivors.
  @Test func theDeadAreNotCounted() {
    var scenario = small(4)
    scenario.crashPerMille = 500
    let outcome = ClusterRun(scenario).run()
    #expect(outcome.expected == 20 * 19)
    #expect(outcome.repairedSeconds != nil)
  }

  /// Honest nodes that lose a frame in ten, at links of up to a tenth of a second, are not taken for ones that keep messages to themselves.
  @Test func theHonestAreNotConvicted() {
    var scenario = small(5)
    (scenario.publishers, scenario.messages, scenario.rate, scenario.lossPerMille) = (40, 600, 10, 100)
    scenario.latency = .ms(10)...Nanos.ms(100)
    let outcome = ClusterRun(scenario).run()
    #expect(outcome.convicted == 0)
    #expect(outcome.received == outcome.expected)
  }
}
