import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// A part of the network works while the rest stays broken for ever.
@Suite struct CoreTests {
  private func run(_ seed: UInt64, faults: RunSettings.Faults = .named([.close])) -> (run: SimRun, outcome: Outcome) {
    let run = SimRun(
      RunSettings(seed: seed, nodes: 12, seconds: 16, faults: faults, heal: .core, crypto: .stub))
    return (run, run.run())
  }

  @Test(arguments: 1...6)
  func theCoreBecomesQuietAndComplete(_ seed: UInt64) {
    let (run, outcome) = run(seed)
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(run.core.layers.allSatisfy { !$0.isEmpty })
    #expect(!run.core.clients.isEmpty)
    #expect(run.core.layers.reduce(0) { $0 + $1.count } + run.core.ruins.count == 12)
    for ruin in run.core.ruins where ruin.how == .dead || ruin.how == .dark {
      #expect(!run.nodes[ruin.node].host.isUp)
      #expect(run.nodes[ruin.node].host.isPowered == (ruin.how == .dead))
    }
  }

  /// Every way to stay broken is drawn, and every node is both in and out.
  @Test func choicesDiffer() {
    var random = RandomStream(seed: Seed(1))
    let hosts = SimWorld(seed: SimSeed(1))
    let plan = MixPlan((0..<9).map { hosts.host(named: "\($0)") }, SimSeed(1), .stub, seconds: 4)
    var ways: Set<UInt8> = []
    var inside: Set<Int> = []
    var outside: Set<Int> = []
    for _ in 0..<60 {
      let core = Core(of: plan, homes: [2, 5, 8, 2], &random)
      ways.formUnion(core.ruins.map(\.how.rawValue))
      outside.formUnion(core.ruins.map(\.node))
      inside.formUnion(core.layers.flatMap { $0 })
      #expect(core.clients.contains { core.contains([2, 5, 8, 2][$0]) })
    }
    #expect(ways.count == Ruin.allCases.count && inside.count == 9 && outside.count == 9)
  }

  /// A core that is not healed is seen.
  @Test func aBrokenCoreIsSeen() throws {
    let (run, outcome) = run(4)
    try #require(outcome.violations.isEmpty)
    let node = try #require(run.core.layers[1].first)
    run.world.isolate(run.nodes[node].host)
    Liveness(run).check()
    #expect(run.ledger.violations.map(\.oracle) == ["liveness"])
  }

  @Test func theSwarmDrawsBoth() {
    let drawn = (1...20).map { RunSettings(seed: $0, faults: .swarm).healing }
    #expect(drawn.contains(.whole) && drawn.contains(.core))
    #expect(RunSettings(seed: 1, faults: .usual).healing == .whole)
    let attackers = (1...60).flatMap { RunSettings(seed: $0, faults: .swarm).attackers.map(\.name) }
    #expect(Set(attackers).count == AdversaryKind.all.count)
    #expect(RunSettings(seed: 1, faults: .usual).attackers.isEmpty)
  }
}
