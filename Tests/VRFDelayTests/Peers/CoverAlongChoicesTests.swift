import MixNet
import SimNet
import Testing

@testable import MixHost
@testable import VRFDelay

/// Nodes know whom their peers have chosen, and their cover goes along that: whole nodes with real packets in a simulated world.
@Suite struct CoverAlongChoicesTests {
  private static let tables = """
    [sphinx_delay]
    max_ms = 1_000
    [cover_traffic]
    start_ms = 10_000
    loop_interval_ms = 400
    drop_interval_ms = 800
    mean_delay_ms = 100
    """

  /// Whether some loop of a node is possible now.
  private func hasLoop(_ town: PeerTown, _ number: Int) throws -> Bool {
    try town.peers(number).contains { peer in
      try town.peers(peer).contains { try town.peers($0).contains(number) }
    }
  }

  /// No loop is lost and nothing is dropped, but what was under way when it was looked at.
  private func expectNoLoss(_ town: PeerTown, _ location: SourceLocation = #_sourceLocation) throws {
    #expect(try town.sum("loops_lost", of: "cover_traffic") == 0, sourceLocation: location)
    #expect(try town.drops() == [:], sourceLocation: location)
    #expect(try town.refusals() == 0 && town.sum("choices_refused") == 0, sourceLocation: location)
  }

  /// A node knows the choices of those it uses, and of those that use it.
  @Test func peersAndGuestsAreKnown() throws {
    let town = PeerTown(21)
    try town.startAll()
    town.world.run(for: .s(20))
    for number in town.hosts.indices {
      let guests = try town.hosts.indices.filter { try town.peers($0).contains(number) }
      #expect(try town.count("choices_known", number) == Set(try town.peers(number) + guests).count)
    }
    #expect(try town.sum("choices_refused") == 0)
  }

  /// Epoch after epoch loops come home by nodes that each choose two of four, and none is lost on a border.
  @Test func loopsComeHome() throws {
    let town = PeerTown(22, tables: Self.tables, hasCover: true)
    try town.startAll()
    var (sent, expected) = (0, 0)
    for _ in 0..<30 {
      town.world.run(for: .s(10))
      let now = try town.sum("loops_sent", of: "cover_traffic")
      // In ten seconds each node with a way sends twenty-five loops in the mean.
      expected += try town.hosts.indices.count { try hasLoop(town, $0) }
      sent = now
    }
    try expectNoLoss(town)
    #expect(sent > 15 * expected && expected > 100, "\(sent) loops, \(expected)")
    #expect(try town.sum("loops_back", of: "cover_traffic") > sent - 50)
    #expect(try town.sum("drops_taken", of: "cover_traffic") > 2_000)
    #expect(try town.sum("cover_unsent", of: "cover_traffic") == 0)
  }

  /// The same where clocks differ by four seconds: who is behind has not chosen yet when others ask, and is asked again.
  @Test func clocksMayDiffer() throws {
    let town = PeerTown(23, tables: Self.tables, hasCover: true)
    for (number, host) in town.hosts.enumerated() { host.clock.jump(by: Int64(number * 7 % 5) * 1_000_000_000) }
    try town.startAll()
    town.world.run(for: .s(290))
    try expectNoLoss(town)
    // In the midst of an epoch all is known that can be.
    for number in town.hosts.indices {
      let guests = try town.hosts.indices.filter { try town.peers($0).contains(number) }
      #expect(try town.count("choices_known", number) == Set(try town.peers(number) + guests).count, "\(number)")
    }
  }

  /// The network file changes from node to node. Those that do not have it yet refuse those that do, so packets are lost
  /// meanwhile; once all have it, all choices are known again, and nothing is lost any more.
  @Test func theNetworkFileChanges() throws {
    let town = PeerTown(24, tables: Self.tables, hasCover: true)
    try town.startAll()
    town.world.run(for: .s(20))
    town.network.directory = NetworkDirectory(nodes: town.network.directory.nodes, salt: Bytes32([9]))
    for number in town.hosts.indices {
      try town.reload(number)
      town.world.run(for: .ms(300))
    }
    town.world.run(for: .s(40))
    let (drops, known) = (try town.drops(), try town.sum("choices_known"))
    #expect(drops["bad_route"] == nil && known > 24)
    let (lost, back) = (
      try town.sum("loops_lost", of: "cover_traffic"), try town.sum("loops_back", of: "cover_traffic")
    )
    town.world.run(for: .s(40))
    #expect(try town.drops() == drops && town.sum("loops_lost", of: "cover_traffic") == lost)
    #expect(try town.sum("loops_back", of: "cover_traffic") > back + 500)
  }

  /// What a peer says that did not have to choose so is no choice: no way is made of it, and the link stays.
  @Test func aWrongChoiceIsNone() throws {
    let town = PeerTown(25)
    try town.start(0)
    town.world.run(for: .s(1))
    let liar = try #require(try town.peers(0).first)
    let truth = try #require(town.network.choice(liar, epoch: town.epoch)).claim
    let lie = PeerClaim(epoch: truth.epoch, list: truth.list, rules: truth.rules, proof: truth.proof.reversed()).bytes
    town.cheat(liar, with: .cheat({ _ in lie }, to: { Bytes32() }))
    for number in 1..<12 { try town.start(number) }
    town.world.run(for: .s(20))
    #expect(try town.count("choices_refused", 0) >= 1 && town.count("links_up", 0) == 2)
    let others = try town.hosts.indices.filter { try $0 != liar && town.peers($0).contains(0) }
    #expect(try town.count("choices_known", 0) == 1 + others.count)
  }
}
