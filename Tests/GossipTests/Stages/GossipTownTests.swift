import Gossip
import MixNet
import SimNet
import Synchronization
import Testing

/// The stages of whole nodes, over simulated sockets and datagrams.
@Suite struct GossipTownTests {
  /// Twelve nodes, each with a link to each: messages go straight to all.
  @Test func everybodyKnowsEverybodyAndGetsEverything() throws {
    let town = GossipTown(1, 12)
    try town.startAll()
    try #require(try town.run(for: .s(20)) { try town.haveMet(Array(0..<12)) })
    try #require(try town.run(for: .s(10)) { try town.status(4, "mesh") == 1 })
    try talk(town, [0, 5, 11])
    // Nobody passed anything on: eleven frames a message.
    #expect(try (0..<12).reduce(0) { try $0 + (town.status($1, "messages_sent") ?? 0) } == 30 * 11)
  }

  @Test func alongTrees() throws {
    let town = GossipTown(2, 20) { _ in "mesh_nodes_max = 0" }
    try town.startAll()
    town.world.run(for: .s(20))
    try talk(town, [3, 9])
  }

  /// Nodes that sign, without links to all.
  @Test func withSignatures() throws {
    let town = GossipTown(3, 8) { _ in "mesh_nodes_max = 0" }
    town.isSigned = true
    try town.startAll()
    try #require(try town.run(for: .s(20)) { try town.haveMet(Array(0..<8)) })
    try talk(town, [1, 6])
  }

  /// Where no datagrams go, each node watches its neighbours over links.
  @Test func withoutDatagrams() throws {
    let town = GossipTown(4, 10) { _ in "watch = \"neighbours\"" }
    town.hasDatagrams = false
    try town.startAll()
    town.world.run(for: .s(20))
    try talk(town, [0, 9])
    town.hosts[5].crash(.killed)
    #expect(
      try town.run(for: .s(10)) {
        try [0, 1, 2, 3, 4, 6, 7, 8, 9].allSatisfy { try (town.status($0, "members") ?? 0) <= 9 }
      })
  }

  /// Some say ten things each, and all get each of them once.
  private func talk(_ town: GossipTown, _ speakers: [Int]) throws {
    for round in 0..<10 {
      for number in speakers { town.publish("\(round) of \(number)", by: number) }
      town.world.run(for: .ms(100))
    }
    town.world.run(for: .s(3))
    let wanted = (0..<10).flatMap { round in speakers.map { "\(round) of \($0)" } }.sorted()
    for inbox in town.inboxes { #expect(inbox.texts.sorted() == wanted) }
  }

  /// A node that is killed is found dead by all, and comes back under its name with its next incarnation.
  @Test func aNodeDiesAndComesBack() throws {
    let town = GossipTown(5, 8)
    try town.startAll()
    try #require(try town.run(for: .s(20)) { try town.haveMet(Array(0..<8)) })
    let before = try #require(town.members(0).first { $0.node.address == town.hosts[3].address(port: 7_001) })
    town.world.run(for: .s(6))
    town.hosts[3].crash(.killed)
    let killed = town.world.now
    let others = [0, 1, 2, 4, 5, 6, 7]
    try #require(try town.run(for: .s(10)) { try town.haveMet(others) })
    // The links broke, which is a hint.
    #expect(town.world.now - killed < .s(3))
    town.publish("while you were away", by: 1)
    town.world.run(for: .s(1))
    try town.start(3)
    try #require(try town.run(for: .s(20)) { try town.haveMet(Array(0..<8)) })
    let after = try #require(town.members(0).first { $0.node.id == before.node.id })
    #expect(after.status == .alive && after.node.incarnation > before.node.incarnation)
    // What was said meanwhile is still kept, and comes.
    #expect(town.run(for: .s(10)) { town.inboxes[3].texts == ["while you were away"] })
    town.publish("welcome", by: 3)
    town.world.run(for: .s(2))
    for number in others { #expect(town.inboxes[number].texts == ["while you were away", "welcome"]) }
  }

  /// A payload of many parts goes along trees and comes whole.
  @Test func largePayloads() throws {
    let town = GossipTown(6, 6)
    town.historyBytes = 32 << 20
    try town.startAll()
    try #require(try town.run(for: .s(20)) { try town.haveMet(Array(0..<6)) })
    var random = RandomStream(seed: Seed(6))
    let payload = (0..<3_000_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    town.publish(payload, by: 2)
    #expect(town.run(for: .s(60)) { town.inboxes.allSatisfy { $0.all.count == 1 } })
    for inbox in town.inboxes { #expect(inbox.all.first?.payload == payload) }
  }

  /// Keys change in three steps, and no message is lost on the way.
  @Test func keysChange() throws {
    let town = GossipTown(7, 5)
    try town.startAll()
    try #require(try town.run(for: .s(20)) { try town.haveMet(Array(0..<5)) })
    let fresh = Bytes32([UInt8](repeating: 9, count: 32))
    let id = Keyring.id(of: fresh)
    for step in 0..<3 {
      for number in 0..<5 {
        town.tell(number) { stage, turn in
          let old = stage.keys.first { $0 != id } ?? 0
          let isDone =
            switch step {
            case 0: stage.install(key: fresh)
            case 1: stage.use(key: id)
            default: stage.remove(key: old, &turn)
            }
          #expect(isDone)
        }
        town.world.run(for: .ms(300))
        town.publish("step \(step) at \(number)", by: number)
        town.world.run(for: .ms(300))
      }
    }
    town.world.run(for: .s(2))
    for inbox in town.inboxes { #expect(inbox.texts.count == 15) }
    #expect(try town.haveMet(Array(0..<5)))
  }

  /// Who does not have the key is no member, however often it tries.
  @Test func strangersStayOut() throws {
    let town = GossipTown(8, 4)
    for number in 0..<3 { try town.start(number) }
    town.isSigned = true
    try town.start(3)
    town.world.run(for: .s(15))
    #expect(try town.haveMet([0, 1, 2]))
    #expect(try town.status(3, "members") == 1 && town.status(3, "neighbours") == 0)
    #expect(try (town.status(0, "refused_stranger") ?? 0) > 0)
    town.publish("hello", by: 0)
    town.publish("let me in", by: 3)
    town.world.run(for: .s(3))
    #expect(town.inboxes[3].texts == ["let me in"] && town.inboxes[1].texts == ["hello"])
  }

  /// Only what is subscribed to comes; who subscribes late gets what is still kept.
  @Test func topicsAndHistory() throws {
    let town = GossipTown(9, 3)
    try town.startAll()
    try #require(try town.run(for: .s(20)) { try town.haveMet([0, 1, 2]) })
    for number in 0..<5 { town.publish("weather \(number)", by: 0, topic: "weather") }
    town.publish("news", by: 0)
    town.world.run(for: .s(2))
    #expect(town.inboxes[2].texts == ["news"])
    let late = Inbox()
    town.tell(2) { stage, _ in _ = stage.subscribe("weather", late, withHistory: true) }
    town.world.run(for: .ms(100))
    #expect(late.texts == (0..<5).map { "weather \($0)" })
  }

  /// What the application rejects goes no further, and who passes it on is banned in the end.
  @Test func whatTheApplicationRejects() throws {
    let town = GossipTown(10, 5)
    try town.startAll()
    try #require(try town.run(for: .s(20)) { try town.haveMet(Array(0..<5)) })
    for number in 1..<5 {
      town.tell(number) { stage, _ in stage.validate { $0.payload.first == 0x21 ? .reject : .accept } }
    }
    for round in 0..<12 {
      town.publish("! \(round)", by: 0)
      town.world.run(for: .ms(200))
    }
    town.publish("fine", by: 1)
    town.world.run(for: .s(5))
    for number in 2..<5 { #expect(town.inboxes[number].texts == ["fine"]) }
    #expect(try (town.status(1, "refused_rejected") ?? 0) > 0)
    // Nobody is its neighbour any more.
    #expect(try town.status(0, "neighbours") == 0)
  }

  @Test func sameSeedSameHash() throws {
    func hash() throws -> String {
      let town = GossipTown(11, 6)
      try town.startAll()
      town.world.run(for: .s(10))
      town.publish("once", by: 2)
      town.world.run(for: .s(3))
      return "\(town.world.trace.digest)"
    }
    #expect(try hash() == hash())
  }
}
