import LinuxNet
import MixNet
import Testing

@testable import MixHost

/// Peers that fall silent, that cannot be reached, and that come back.
@Suite struct PeerLifeTests {
  private func packets(_ count: Int, _ factory: PacketFactory) throws -> [[UInt8]] {
    try (0..<count).map { try factory.packet(request(sample(9, UInt64($0))), along: [0, 1], to: "sink") }
  }

  /// A peer that says nothing, not even that it is there, is given up within the interval and the timeout.
  @Test("fault 7: a peer that says nothing any more")
  func aSilentPeerIsFound() throws {
    let extra = "[links]\nping_interval_ms = 100\nping_timeout_ms = 300\nping_timeout_min_ms = 300"
    let mix = try MixNetwork(1, extra: extra)[0]
    let silent = try PeerWire(try mix.address("mix"))
    let began = SystemClock().now
    let asked = try #require(PeerWire.frame(silent.wire))
    #expect(asked.kind == FrameKind.ping.rawValue && asked.body.count == 8)
    #expect(silent.wire.end() != nil)
    #expect(SystemClock().now - began >= .ms(300))
    try eventually("the link has gone") { try mix.status().links.isEmpty }
    let status = try mix.status()
    #expect(status.closed(.timeout) == 1 && status.closedInAll == 1)
  }

  /// One that answers stays, and its round trips are measured.
  @Test func aPeerThatAnswersStays() throws {
    let extra = "[links]\nping_interval_ms = 20\nping_timeout_ms = 30_000\nping_timeout_min_ms = 30_000"
    let mix = try MixNetwork(1, extra: extra)[0]
    let other = try PeerWire(try mix.address("mix"))
    for _ in 0..<5 {
      let (kind, body) = try #require(PeerWire.frame(other.wire))
      #expect(kind == FrameKind.ping.rawValue)
      other.wire.send(peer(.pong, body))
    }
    try eventually("round trips are known") { try mix.status().links.first?.roundTrip ?? .zero > .zero }
  }

  /// A node that is slow to read what a peer sends says all the while that it lives: the question lies far behind.
  @Test(arguments: [64, 1_024])
  func aBusyNodeShowsThatItLives(_ pool: Int) throws {
    let node = try TestNode(
      """
      [node]
      name = "slow"
      [chain.hello]
      listen = "127.0.0.1:0"
      decode = ["frames"]
      forward = ["teller"]
      [teller]
      nap_us = 1_000
      [pipeline]
      workers = 1
      batch_size = 16
      pool_size = \(pool)
      [links]
      ping_interval_ms = 600_000
      """, plugins: [.teller])
    let source = try PeerWire(try node.address("hello"))
    let flood = (0..<2_000).flatMap { peer(.data, sample(200, $0)) }
    let threads = Threads()
    try threads.add { source.wire.send(flood + peer(.ping, [1])) }
    var signs = 0
    while let (kind, body) = PeerWire.frame(source.wire), body != [1] {
      signs += kind == FrameKind.pong.rawValue ? 1 : 0
    }
    threads.join()
    // Two seconds' work, a sign every quarter of a second; some of it may lie where it is read at once.
    #expect(signs >= 3)
    #expect(try node.chain()[.received] == 2_000)
  }

  /// After some failures a peer is left alone: what is for it is dropped at once. When it comes by itself, it is called at once.
  @Test func aPeerThatFailsIsLeftAloneUntilItIsHeardOf() throws {
    let extra =
      "[links]\nreconnect_min_ms = 5\nreconnect_max_ms = 10\nbreaker_failures = 3\nbreaker_ms = 3_600_000\n"
      + "breaker_max_ms = 3_600_000\nlink_age_max_ms = 60_000"
    let network = try MixNetwork(3, extra: extra, starting: false)
    let mix = try network.start(0)
    // It is not the only one: that would never be left alone.
    let steady = try network.start(2)
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    source.send(try factory.packet(request([1]), along: [0, 2], to: "sink"))
    try eventually("the other peer has a link") { try steady.chain().served == 1 }
    for packet in try packets(3, factory) { source.send(packet) }
    try eventually("it is left alone") { try mix.status().links.contains { $0.isLeftAlone } }
    #expect(try mix.chain().dropped(.linkDown, by: "link_out") == 3)
    source.send(try packets(1, factory)[0])
    try eventually("what follows is dropped at once") {
      try mix.chain().dropped(.linkDown, by: "link_out") == 4
    }
    let other = try network.start(1)
    // Its hello is all that the first one needs to hear.
    let back = try PacketFactory(network, seed: 2)
    let guest = try PeerWire(try other.address("mix"))
    guest.send(try back.packet(request([1]), along: [1, 0], to: "sink"))
    try eventually("it is called again") {
      try mix.status().links.count { $0.isDialled && $0.state == "up" && !$0.isLeftAlone } == 2
    }
    source.send(try packets(1, factory)[0])
    try eventually("packets arrive") { try other.chain().served == 1 }
  }

  /// After so many tries the link is given up and its place is free; a packet for the node tries again, but not at once.
  @Test func aLinkIsGivenUpAndOpenedAnew() throws {
    let extra =
      "[links]\nreconnect_tries_max = 3\nreconnect_min_ms = 1\nreconnect_max_ms = 5\nbreaker_failures = 0\n"
      + "link_age_max_ms = 600_000"
    let network = try MixNetwork(2, extra: extra, starting: false)
    let mix = try network.start(0)
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    for packet in try packets(2, factory) { source.send(packet) }
    try eventually("what waited is dropped") { try mix.chain().dropped(.linkDown, by: "link_out") == 2 }
    try eventually("no place is taken") { try mix.status().links.allSatisfy { !$0.isDialled } }
    for packet in try packets(2, factory) { source.send(packet) }
    try eventually("nobody is called") { try mix.chain().dropped(.linkDown, by: "next_hop") == 2 }
    try network.start(1)
    try eventually("packets arrive in the end") {
      source.send(try packets(1, factory)[0])
      return try network[1].chain().served > 0
    }
  }

  @Test func anIdleRawLinkIsClosed() throws {
    let relay = try TestNode(
      """
      [chain.relay]
      listen = "127.0.0.1:0"
      decode = ["plain"]
      forward = ["circuit"]
      [circuit]
      type = "exit"
      [links]
      idle_timeout_ms = 2_000
      """)
    let wire = try Wire(try relay.address("relay"))
    for _ in 0..<10 {
      // In use it stays, however long.
      wire.send(raw([0, 0, 0, 0, 0, 0, 0, 1, 5]))
      #expect(wire.frame() == [0, 0, 0, 0, 0, 0, 0, 1, 5])
    }
    #expect(wire.end() != nil)
    try eventually("it has gone") { try relay.status().links.isEmpty }
    #expect(try relay.status().closed(.idle) == 1)
  }

  /// Another node than the one that was called answers at its place: it gets no packets.
  @Test("fault 22: another node than the one that was called")
  func anotherNodeAtTheSamePlace() throws {
    let network = try MixNetwork(2, extra: quickLinks, starting: false)
    let mix = try network.start(0)
    let listener = try Listener(try #require(network.directory.nodes[1].listens("mix")))
    let source = try PeerWire(try mix.address("mix"))
    for packet in try packets(3, PacketFactory(network)) { source.send(packet) }
    let impostor = try PeerWire(accepting: try listener.accept(), as: Bytes32(sample(32, 7)))
    #expect(impostor.wire.end() != nil)
    try eventually("it is said why") {
      try mix.status().links.contains { $0.lastReason == Hello.Mismatch.node.sentence }
    }
    listener.close()
    try network.start(1)
    try eventually("the right one gets them") { try network[1].chain().served > 0 }
  }
}
