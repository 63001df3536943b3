import Gossip
import MixNet
import SimNet
import Testing

/// The stages of whole nodes, over simulated sockets and datagrams.
@Suite struct GossipTownTests {
  @Test func everybodyKnowsEverybodyAndGetsEverything() throws {
    let town = GossipTown(1, 12)
    try town.startAll()
    town.world.run(for: .s(10))
    for number in 0..<12 { #expect(try town.status(number, "members") == 12) }
    for round in 0..<10 {
      for number in [0, 5, 11] { town.publish("\(round) of \(number)", by: number) }
      town.world.run(for: .ms(100))
    }
    town.world.run(for: .s(3))
    let wanted = (0..<10).flatMap { round in [0, 5, 11].map { "\(round) of \($0)" } }.sorted()
    for inbox in town.inboxes { #expect(inbox.texts.sorted() == wanted) }
  }

  /// The same without links to all: along trees.
  @Test func alongTrees() throws {
    let town = GossipTown(2, 20) { _ in "mesh_nodes_max = 0" }
    try town.startAll()
    town.world.run(for: .s(20))
    for round in 0..<10 {
      for number in [3, 9] { town.publish("\(round) of \(number)", by: number) }
      town.world.run(for: .ms(200))
    }
    town.world.run(for: .s(3))
    for inbox in town.inboxes { #expect(inbox.texts.count == 20 && Set(inbox.texts).count == 20) }
  }
}
