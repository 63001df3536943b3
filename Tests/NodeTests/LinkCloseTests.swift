import MixNet
import Testing

@testable import MixHost

/// Every connection that ends and every connect that fails is counted once, by its reason.
@Suite struct LinkCloseTests {
  private func send(_ count: Int, by factory: PacketFactory, on source: PeerWire) throws {
    for number in 0..<count {
      source.send(try factory.packet(request(sample(9, UInt64(number))), along: [0, 1], to: "sink"))
    }
  }

  /// A peer that is not there, then is, then goes.
  @Test func aLinkThatComesAndGoesCountsOnceEachTime() throws {
    let network = try MixNetwork(2, extra: quickLinks + "link_age_max_ms = 600_000", starting: false)
    let mix = try network.start(0)
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    try send(1, by: factory, on: source)
    try eventually("nobody listens") { try mix.status().closed(.refused) >= 3 }
    try network.start(1)
    try eventually("packets arrive") { try network[1].chain().served == 1 }
    #expect(try mix.status().closedInAll == mix.status().closed(.refused))
    try network.stop(1)
    try eventually("the peer has gone") { try mix.status().closed(.ended) == 1 }
    source.wire.finish()
    #expect(source.wire.end() != nil)
    try eventually("the source has gone") { try mix.status().closed(.ended) == 2 }
    let status = try mix.status()
    #expect(status.closedInAll == status.closed(.refused) + 2)
    // A link that rests has no connection that could end.
    let last = try network.stop(0)
    #expect(last.closedInAll == last.closed(.refused) + 2)
  }

  /// The last failure of a link that is given up is one, not two.
  @Test func aLinkThatIsGivenUpCountsItsTries() throws {
    let extra =
      "[links]\nreconnect_tries_max = 3\nreconnect_min_ms = 1\nreconnect_max_ms = 5\nbreaker_failures = 0\n"
      + "link_age_max_ms = 600_000"
    let network = try MixNetwork(2, extra: extra, starting: false)
    let mix = try network.start(0)
    let source = try PeerWire(try mix.address("mix"))
    try send(1, by: try PacketFactory(network), on: source)
    try eventually("it is given up") { try mix.chain().dropped(.linkDown, by: "link_out") == 1 }
    try eventually("no place is taken") { try mix.status().links.allSatisfy { !$0.isDialled } }
    let status = try mix.status()
    #expect(status.closed(.refused) == 3 && status.closedInAll == 3)
  }

  /// What the node ends itself, at its stop, of every kind and on every worker.
  @Test(arguments: [1, 3])
  func whatTheNodeEndsIsItsOwn(_ workers: Int) throws {
    let exit = try Relays.exit(workers: workers)
    let wires = try (0..<6).map { _ in try Wire(try exit.address("relay")) }
    try eventually("they are there") { try exit.status().links.count == wires.count }
    #expect(try exit.status().closedInAll == 0)
    exit.stop()
    let last = try exit.ended()
    #expect(last.closed(.local) == wires.count && last.closedInAll == wires.count)
  }
}
