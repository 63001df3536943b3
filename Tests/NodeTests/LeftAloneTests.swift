import LinuxNet
import MixNet
import Testing

@testable import MixHost

/// How many of a node's peers are left alone at once, whichever worker, chain or link has to do with them.
@Suite struct LeftAloneTests {
  private static let links =
    "[links]\nreconnect_min_ms = 5\nreconnect_max_ms = 10\nbreaker_failures = 3\nbreaker_ms = 3_600_000\n"
    + "breaker_max_ms = 3_600_000\nlink_age_max_ms = 600_000\n"

  /// Waits until every link is left alone or has failed again and again since it could have been; says how many are left alone.
  private func leftAlone(_ node: TestNode, links: Int) throws -> Int {
    var alone = 0
    try eventually("all have failed often") {
      let all = try node.status().links.filter(\.isDialled)
      alone = all.count(where: \.isLeftAlone)
      return all.count == links && all.allSatisfy { $0.isLeftAlone || $0.failures >= 30 || $0.state == "up" }
    }
    return alone
  }

  @Test("a share of a mix's peers", arguments: [(20, 1), (40, 2), (100, 5)])
  func aShareOfThePeers(_ percent: Int, _ expected: Int) throws {
    let extra = Self.links + "ejected_percent_max = \(percent)"
    let network = try MixNetwork(6, extra: extra, starting: false)
    let mix = try network.start(0)
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    for peer in 1..<6 { source.send(try factory.packet(request([1]), along: [0, peer], to: "sink")) }
    #expect(try leftAlone(mix, links: 5) == expected)
    #expect(try mix.ofWorkers { $0.shared.peers.counts.leftAlone } == [expected])
    #expect(try mix.ofWorkers { $0.shared.peers.counts.all } == [5])
  }

  /// Each chain's links belong to a worker of their own, which alone would always let one go.
  @Test func peersOfTwoWorkersAreOneNodes() throws {
    let port = try Ports.take(4)
    let found = try leftAlone((0..<4).map { port + $0 }, percent: 25)
    #expect(found.links == 1 && found.counts.allSatisfy { $0 == (4, 1) }, "\(found)")
  }

  /// Chains with a link each to these ports, and how many links are left alone in the end.
  private func leftAlone(_ ports: [UInt16], percent: Int = 1) throws -> (
    links: Int, counts: [(all: Int, leftAlone: Int)]
  ) {
    let chains = ports.enumerated().map { number, port in
      """
      [chain.c\(number)]
      listen = "127.0.0.1:0"
      decode = ["plain"]
      forward = ["circuit/c\(number)"]
      [circuit.c\(number)]
      type = "entry"
      next = "127.0.0.1:\(port)"

      """
    }
    let node = try TestNode(
      chains.joined() + "[pipeline]\nworkers = 2\npool_size = 256\n" + Self.links + "ejected_percent_max = \(percent)")
    let alone = try leftAlone(node, links: ports.count)
    return (alone, try node.ofWorkers { $0.shared.peers.counts })
  }

  /// Chains with links to the same place have one peer; the only one is never left alone.
  @Test func linksToOnePlaceAreOnePeer() throws {
    let port = try Ports.take(1)
    let only = try leftAlone([port, port])
    #expect(only.links == 0 && only.counts.allSatisfy { $0 == (1, 0) }, "\(only)")
    // Another peer is up all the time.
    let network = try EpollNetwork()
    let listener = try network.listen(.loopback(port: 0), backlog: 4)
    let other = try #require(network.address(of: listener)?.port)
    let both = try leftAlone([port, port, other])
    #expect(both.links == 2 && both.counts.allSatisfy { $0 == (2, 1) }, "\(both)")
  }

  @Test func theBookCountsPeersNotLinks() {
    let book = PeerTrust(percentMax: 50)
    let (one, other) = (PeerTrust.Peer.node(Bytes32([1])), PeerTrust.Peer.node(Bytes32([2])))
    let third = PeerTrust.Peer.place(.loopback(port: 1))
    for peer in [one, one, other, third] { book.add(peer) }
    #expect(book.counts == (3, 0))
    let first = [book.leaveAlone(one), book.leaveAlone(one), book.leaveAlone(other)]
    #expect(first == [true, true, false] && book.counts == (3, 1))
    // One of its two links is open again, then the other one is gone.
    book.callAgain(one)
    #expect(book.counts == (3, 1))
    book.remove(one, isLeftAlone: true)
    #expect(book.counts == (3, 0))
    let second = [book.leaveAlone(other), book.leaveAlone(third)]
    #expect(second == [true, false])
    book.change(percentMax: 70)
    let last = [book.leaveAlone(third), book.leaveAlone(.place(.loopback(port: 9)))]
    #expect(last == [true, false] && book.counts == (3, 2))
    for peer in [one, other, third] { book.remove(peer, isLeftAlone: peer != one) }
    #expect(book.counts == (0, 0))
  }
}
