import MixNet
import Sphinx
import Testing

@testable import MixHost

/// The next hop is down, comes back, or is nobody.
@Suite struct NextHopTests {
  private func network(links: String, depth: Int = 10_000, starting: Bool = false) throws -> MixNetwork {
    try MixNetwork(
      2, pipeline: "pool_size = 1_024\nmax_queue_depth = \(depth)", extra: quickLinks + links,
      starting: starting)
  }

  /// Requests for the sink of the second node, by way of the first.
  private func send(_ count: Int, _ factory: PacketFactory, _ source: PeerWire) throws {
    let packets = try (0..<count).map {
      peer(.data, try factory.packet(request(sample(20, UInt64($0))), along: [0, 1], to: "sink"))
    }
    source.wire.send(packets.flatMap { $0 })
  }

  /// What is for a node that is down waits, as much of it as may; the rest is shed at once, and what has waited too long.
  @Test func whatWaitsForANodeThatIsDownIsBounded() throws {
    let network = try network(links: "link_age_max_ms = 300", depth: 20)
    let mix = try network.start(0)
    try send(50, PacketFactory(network), PeerWire(mix.address("mix")))
    try eventually("30 find the queue full") { try mix.chain().dropped(.queueFull, by: "link_out") == 30 }
    let chain = try settled(mix).chains[0]
    #expect(chain.dropped(.linkDown, by: "link_out") == 20 && chain[.written] == 0)
  }

  @Test func whatHasWaitedArrivesWhenTheNodeComesBack() throws {
    let network = try network(links: "link_age_max_ms = 60_000")
    let mix = try network.start(0)
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    try send(50, factory, source)
    try eventually("they wait") { try mix.chain().queued == 50 }
    let last = try network.start(1)
    try eventually("they have arrived") { try last.chain()[.received] == 50 }
    // It goes away and comes back: the link is made again.
    network.kill(1)
    try eventually("the link is down") { try mix.status().links.contains { $0.isDialled && $0.state != "up" } }
    try send(30, factory, source)
    try eventually("they wait") { try mix.chain().queued == 30 }
    let again = try network.start(1)
    try eventually("they have arrived") { try again.chain()[.received] == 30 }
    let link = try #require(try mix.status().links.first { $0.isDialled })
    #expect(link.state == "up" && link.connects == 2 && link.peer == network.address(1))
    try network.settle()
    #expect(try mix.chain()[.written] == 80)
  }

  /// A node that is reached and takes no hello is no better than one that is down.
  @Test func nodeThatSaysNothingIsTriedAgain() throws {
    let network = try network(links: "link_age_max_ms = 200\nhandshake_timeout_ms = 50")
    let mix = try network.start(0)
    let silent = try Listener(try #require(network.directory.nodes[1].listens("mix")))
    try send(10, PacketFactory(network), PeerWire(mix.address("mix")))
    for _ in 0..<3 { #expect(try silent.accept().end() == .reset) }
    let chain = try settled(mix).chains[0]
    #expect(chain.dropped(.linkDown, by: "link_out") == 10 && chain.aside(.expired, by: "link_in") >= 3)
  }

  @Test("fault 31: a hop that nobody knows is dropped")
  func hopThatNobodyKnowsIsDropped() throws {
    let network = try MixNetwork(1)
    let mix = try network[0]
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    var random = RandomStream(seed: Seed(5))
    for number in 0..<10 as Range<UInt64> {
      let key = SphinxPublicKey(of: SphinxSecretKey(random: &random))
      let nobody = SphinxHop(key: key, address: Bytes32(sample(32, number)), delay: .zero)
      source.send(try factory.packet([1], along: try factory.hops([0]) + [nobody], to: Bytes32()))
    }
    try eventually("they are dropped") { try mix.chain().dropped(.unknownHop, by: "next_hop") == 10 }
    #expect(source.answersPings())
    try network.settle()
  }

  /// Whoever comes in, as many as may, leaves a place for the link that goes out.
  @Test func whoComesInCannotKeepTheNodeFromGoingOut() throws {
    let network = try network(links: "links_max = 2", starting: true)
    let place = try network[0].address("mix")
    let source = try PeerWire(place)
    #expect(source.answersPings())
    #expect(throws: Missing.self) { try PeerWire(place) }
    try send(5, PacketFactory(network), source)
    try eventually("they arrive") { try network[1].chain().served == 5 }
    try network.settle()
  }

  /// No place is left, not even for a link that goes out: the hop is known, but cannot be reached until one has gone.
  @Test func noLinkIsLeft() throws {
    let network = try MixNetwork(3, extra: "[links]\nlinks_max = 2")
    let factory = try PacketFactory(network)
    let source = try PeerWire(try network[0].address("mix"))
    try send(5, factory, source)
    try eventually("they arrive") { try network[1].chain().served == 5 }
    source.send(try factory.packet(request(sample(20, 1)), along: [0, 2], to: "sink"))
    try eventually("there is no link") { try network[0].chain().dropped(.linkDown, by: "next_hop") == 1 }
    source.wire.close()
    try eventually("the source has gone") { try network[0].status().links.count == 1 }
    try network.settle()
  }

  /// A route may come to the same node twice in a row, as a reply's does that begins where its service is.
  @Test("fault 31: a hop to the node itself")
  func hopToTheNodeItself() throws {
    let network = try MixNetwork(1, workers: 2)
    let mix = try network[0]
    let client = try ClientWire(try mix.address("clients"), clientKey(1))
    let factory = try PacketFactory(network)
    for number in 0..<20 as Range<UInt64> {
      let identifier = Bytes16(words: [number, 9])
      let block = try factory.block(along: [0, 0], to: client.key.address, identifier: identifier)
      client.send(try factory.packet(request(sample(100, number), block.bytes, id: number), along: [0, 0, 0]))
      let reply = try #require(client.message())
      #expect(reply.identifier == identifier)
      #expect(try answer(factory.open(reply.payload, with: block)) == sample(100, number))
    }
    let chain = try settled(mix).chains[0]
    #expect(chain[.handed] == 80 && chain[.received] == 100 && chain.dropped.isEmpty)
  }
}
