import MixNet
import Testing

@testable import Gossip
@testable import GossipSim

/// Twenty whole nodes on SimNet, and twenty cores alone in the world in which the full-size gates run: made of the same settings and chances, with the
/// same latencies, publishing the same at the same times. They decide the same.
@Suite struct TwoWorldsTests {
  /// Until the first node is killed all is the same: who is a neighbour of whom, each origin's tree, what came where, over how many links and when.
  /// A whole node's turn takes a microsecond of this world's time, so times differ by some of these.
  @Test(arguments: [1, 2, 3] as [UInt64], ["mesh_nodes_max = 0", ""])
  func allIsTheSame(seed: UInt64, table: String) throws {
    let plan = Timetable(seed: seed, table: table)
    let (whole, town) = try plan.runNodes()
    let alone = try plan.runCores(like: town)
    #expect(whole.deliveries.count == plan.messages * plan.count && whole.repeated == 0 && whole.meter.damaged == 0)
    #expect(Set(whole.deliveries.keys) == Set(alone.deliveries.keys) && alone.repeated == 0)
    for (place, one) in whole.deliveries {
      let other = try #require(alone.deliveries[place])
      #expect(one.content == other.content && one.hop == other.hop)
      #expect(Self.difference(one.time, other.time) < .us(100))
    }
    for (one, other) in zip(whole.looks, alone.looks) {
      #expect(one.id == other.id && one.members == other.members && one.members.count == plan.count)
      #expect(one.members.values.allSatisfy { $0 == .alive })
      #expect(one.neighbours == other.neighbours && one.trees == other.trees && one.hasMesh == other.hasMesh)
      #expect(one.delivered == other.delivered && one.duplicates == other.duplicates && one.refused == other.refused)
      #expect(one.accusations == 0 && other.accusations == 0 && one.hasMesh == table.isEmpty)
    }
    // The gates' own figures, by the gates' own meter.
    #expect(whole.rmr == alone.rmr && whole.rmrAll == alone.rmrAll)
    #expect(whole.meter.lastHopMean == alone.meter.lastHopMean)
    for share in [0.5, 0.99] { #expect(abs(whole.meter.latency(share) - alone.meter.latency(share)) <= 0.1) }
    // A copy that meets another one on its way may be answered from either end of the link: by so little the two differ.
    #expect(abs(whole.words.prunes - alone.words.prunes) <= 5)
    #expect(whole.words.announced == alone.words.announced && whole.words.grafts == alone.words.grafts)
    #expect(whole.words.digests == alone.words.digests)
  }

  /// A node that is killed is found dead in both worlds, by each of the others and nobody else, at nearly the same time. What its system still says when
  /// it dies is not the same, so suspicions do not begin in the same moment.
  @Test(arguments: [1, 2] as [UInt64]) func whoIsKilledIsFoundInBoth(seed: UInt64) throws {
    let plan = Timetable(seed: seed, victim: 7)
    let (whole, town) = try plan.runNodes()
    let alone = try plan.runCores(like: town)
    let victim = whole.looks[7].id
    for result in [whole, alone] {
      #expect(Set(result.deaths.keys) == [victim])
      #expect(Set(result.deaths[victim, default: [:]].keys) == Set(0..<plan.count).subtracting([7]))
      for (number, look) in result.finalLooks.enumerated() where number != 7 {
        #expect(look.members[victim] == .dead && look.members.values.count { $0 == .alive } == plan.count - 1)
        #expect(!look.neighbours.contains(victim) && look.neighbours.count >= 5)
        #expect(look.trees.values.allSatisfy { $0.parent != victim && !$0.lazy.contains(victim) })
      }
    }
    for (number, time) in whole.deaths[victim, default: [:]] {
      let other = try #require(alone.deaths[victim]?[number])
      #expect(Self.difference(time, other) < .ms(200) && time > plan.killed && time - plan.killed < .s(2))
    }
  }

  /// The gates' scenario as `hearsay-sim gossip --nodes 20` runs it, with names, tables and neighbours of its own, comes to nearly the same figures as
  /// whole nodes do.
  @Test(arguments: [1, 2, 3] as [UInt64]) func theScenarioComesToTheSame(seed: UInt64) throws {
    let plan = Timetable(seed: seed)
    let (whole, _) = try plan.runNodes()
    let outcome = ClusterRun(plan.scenario).run()
    #expect(outcome.broken.isEmpty && outcome.received == outcome.expected)
    #expect(whole.received(plan.count) == outcome.received)
    #expect(abs(whole.rmr - outcome.rmr) <= 0.02)
    #expect(abs(whole.meter.latency(0.5) - outcome.latencyHalf) <= 0.2 * outcome.latencyHalf)
    #expect(abs(whole.meter.latency(0.99) - outcome.latency99) <= 0.3 * outcome.latency99)
  }

  private static func difference(_ one: Instant, _ other: Instant) -> Nanos { one > other ? one - other : other - one }
}
