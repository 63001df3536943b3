import MixNet
import SimNet
import Testing

@testable import VRFDelay

/// Whole nodes in a simulated world: they link up as their proofs say, and nobody else gets in.
@Suite struct PeerNetworkTests {
  /// Each node sends letters to each of its peers; gives how many there were.
  private func sendAll(_ town: PeerTown, from first: UInt32) throws -> Int {
    var number = first
    for node in town.hosts.indices {
      for peer in try town.peers(node) {
        town.letters[node].send(number, to: PeerNetwork.address(peer))
        number += 1
      }
    }
    return Int(number - first)
  }

  private func came(_ town: PeerTown) -> [UInt32] { town.letters.flatMap(\.came).sorted() }

  @Test(arguments: [1, 2])
  func anHonestNetworkLinksUpAsChosen(_ workers: Int) throws {
    let town = PeerTown(1, workers: workers)
    try town.startAll()
    town.world.run(for: .s(20))
    try town.expectChosenLinks()
    #expect(try sendAll(town, from: 0) == 24)
    town.world.run(for: .s(1))
    #expect(came(town) == Array(0..<24))
    #expect(try town.refusals() == 0 && town.sum("granted") == 24)
    // What is not chosen has no way.
    let peers = try town.peers(0)
    let other = try #require([1, 4, 7, 10].first { !peers.contains($0) })
    for node in [other, 2, 3] { town.letters[0].send(100, to: PeerNetwork.address(node)) }
    town.world.run(for: .s(5))
    #expect(came(town).count == 24)
  }

  /// What a node publishes is what its peers were shown.
  @Test func theChoiceIsPublished() throws {
    let town = PeerTown(2)
    try town.start(0)
    town.world.run(for: .s(1))
    let text = String(decoding: try town.hosts[0].disk.read("/state/peers.mix", limit: 4_096).bytes, as: UTF8.self)
    let choice = try #require(town.network.choice(0, epoch: town.epoch))
    #expect(text.hasSuffix("\n") && text.contains("\"epoch\":\(town.epoch),\"peers\":2,\"among\":\"next_layer\""))
    #expect(text.contains("\"list\":\"\(choice.claim.list)\",\"pi\":\"\(Hex.text(choice.claim.proof))\"}"))
    #expect(try town.text("proof", 0) == Hex.text(choice.claim.proof))
  }

  /// Epoch after epoch the network turns into the next one; letters that are on their way all the time arrive, each once.
  @Test func epochsChangeWithoutLoss() throws {
    let town = PeerTown(3)
    try town.startAll()
    town.world.run(for: .s(20))
    var (sent, changes): (UInt32, Set<[Int]>) = (0, [])
    for _ in 0..<1_000 {
      sent += UInt32(try sendAll(town, from: sent))
      changes.insert(try town.peers(0))
      town.world.run(for: .ms(330))
    }
    town.world.run(for: .s(5))
    #expect(came(town) == Array(0..<sent), "\(sent) sent, \(came(town).count) came")
    #expect(try town.refusals() == 0)
    #expect(changes.count >= 2)
    town.world.run(for: .s(20))
    try town.expectChosenLinks()
  }

  /// Letters for peers of the epoch before arrive while the overlap lasts, and not after it.
  @Test func theOverlapIsBounded() throws {
    let town = PeerTown(4)
    try town.startAll()
    town.world.run(for: .s(50))
    // A node that chooses another one next.
    let next = town.epoch + 1
    let node = try #require(
      town.hosts.indices.first { number in
        let (now, then) = (town.network.choice(number, epoch: next - 1), town.network.choice(number, epoch: next))
        return now.map { !Set($0.peers).isSubset(of: then?.peers ?? []) } ?? false
      })
    let old = try #require(town.network.choice(node, epoch: next - 1)).peers
    let new = try #require(town.network.choice(node, epoch: next)).peers
    let peer = try #require(old.first { !new.contains($0) })
    let place = try #require(town.hosts.indices.first { PeerNetwork.address($0) == peer })
    town.world.run(for: .s(55))
    #expect(town.epoch == next)
    town.letters[node].send(1, to: peer)
    town.world.run(for: .s(4))
    #expect(town.letters[place].came == [1])
    town.world.run(for: .s(3))
    town.letters[node].send(2, to: peer)
    town.world.run(for: .s(4))
    #expect(town.letters[place].came == [1])
    #expect(try town.refusals() == 0)
  }

  /// Clocks that differ by up to the overlap cut nobody off, over several borders.
  @Test func clocksMayDiffer() throws {
    let town = PeerTown(5)
    for (number, host) in town.hosts.enumerated() { host.clock.jump(by: Int64(number % 3) * 4_900_000_000) }
    try town.startAll()
    town.world.run(for: .s(350))
    #expect(try town.refusals() == 0)
    try town.expectChosenLinks()
  }

  @Test func aRestartedNodeComesBack() throws {
    let town = PeerTown(6)
    try town.startAll()
    town.world.run(for: .s(20))
    town.hosts[1].crash(.killed)
    town.world.run(for: .s(10))
    try town.hosts[1].restart()
    town.world.run(for: .s(40))
    try town.expectChosenLinks()
    #expect(try town.refusals() == 0)
  }

  /// The network file changes, node after node: links to a node that is gone end, and all choose anew without losing a letter.
  @Test func theNetworkFileChanges() throws {
    let town = PeerTown(7)
    try town.startAll()
    town.world.run(for: .s(20))
    let before = try town.hosts.indices.map { try town.peers($0) }
    town.network.directory = NetworkDirectory(nodes: town.network.directory.nodes, salt: Bytes32([9]))
    var sent: UInt32 = 0
    for number in town.hosts.indices {
      try town.reload(number)
      for other in town.hosts.indices {
        // Whom a node may use now is what it says; letters go there alone.
        for peer in town.letters[other].chosen
        where other > number || before[other].map(PeerNetwork.address).contains(peer) {
          town.letters[other].send(sent, to: peer)
          sent += 1
        }
      }
      town.world.run(for: .ms(500))
    }
    town.world.run(for: .s(40))
    #expect(town.letters.flatMap(\.came).count == Int(sent) && Set(came(town)) == Set(0..<sent))
    try town.expectChosenLinks()
    #expect(try town.hosts.indices.map { try town.peers($0) } != before)
    #expect(try town.sum("overstayed") == 0)
    // One node is gone: those that stay choose among those that stay, and it has nobody.
    town.network = town.network.changed(11) { _ in nil }
    for number in 0..<11 { try town.reload(number) }
    town.world.run(for: .s(60))
    for number in 0..<11 {
      let names = try town.peers(number).map { "n\($0)" }.joined(separator: " ")
      #expect(try town.text("peers", number) == names && town.count("links_up", number) == 2)
    }
    #expect(try town.count("guests", 11) == 0 && town.count("links_up", 11) == 0)
  }
}
