import MixNet
import Testing

@testable import MixHost

/// Those who stop reading: what is for them is shed and counted, they are sent away, and the others go on.
@Suite struct StalledLinkTests {
  private static let links = quickLinks + "link_age_max_ms = 250\nstall_timeout_ms = 3_000"

  @Test("fault 8: a mix that stops reading")
  func peerThatStopsReading() throws {
    let network = try MixNetwork(3, extra: Self.links, starting: false)
    let (mix, last) = (try network.start(0), try network.start(2))
    let stalled = try Listener(try #require(network.directory.nodes[1].listens("mix")), window: 4_096)
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    var (sent, served) = (0, 0)
    func send() throws {
      let request = request(sample(100, UInt64(sent)), id: UInt64(sent))
      source.send(try factory.packet(request, along: [0, 1], to: "sink"))
      source.send(try factory.packet(request, along: [0, 2], to: "sink"))
      sent += 1
    }
    try send()
    let peer = try PeerWire(accepting: try stalled.accept(), as: network.address(1))
    try eventually("packets are shed") {
      for _ in 0..<20 { try send() }
      return try mix.chain().dropped(.linkStalled, by: "link_out") > 0
    }
    try eventually("the link is closed") {
      try mix.status().links.contains { $0.peer == network.address(1) && $0.lastReason == "stalled" }
    }
    #expect(try mix.status().closed(.stalled) == 1)
    try eventually("the others go on") {
      served = try last.chain().served
      return served == sent
    }
    #expect(source.answersPings())
    #expect(try settled(mix).chains[0][.received] == 2 * sent)
    peer.wire.close()
  }

  @Test("fault 8: a client that stops reading")
  func clientThatStopsReading() throws {
    let network = try MixNetwork(1, extra: Self.links)
    let mix = try network[0]
    let place = try mix.address("clients")
    let stalled = try ClientWire(place, clientKey(1), window: 4_096)
    let reader = try ClientWire(place, clientKey(2))
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    var sent: UInt64 = 0
    func send(to client: ClientWire) throws {
      sent += 1
      source.send(
        try factory.packet(sample(9, sent), along: [0], to: client.key.address, identifier: Bytes16(words: [sent, 0])))
    }
    try eventually("messages are shed") {
      for _ in 0..<20 { try send(to: stalled) }
      return try mix.chain().dropped(.linkStalled, by: "link_out") > 0
    }
    for _ in 0..<20 {
      try send(to: reader)
      #expect(reader.message()?.identifier == Bytes16(words: [sent, 0]))
    }
    try eventually("the client is sent away") { try mix.status().clients == 1 }
    #expect(stalled.wire.end() == .reset)
    #expect(try mix.status().closed(.stalled) == 1)
    // It has no mailbox, so now it is nobody.
    try send(to: stalled)
    try eventually("it is nobody") { try mix.chain().dropped(.unknownDestination, by: "mailbox") >= 1 }
    #expect(try settled(mix).chains[0][.received] == Int(sent))
  }

  /// On the plain relay, one who sends and never reads fills the memory that all clients share. They wait, no longer than
  /// its answers may, and are served.
  @Test("fault 8: a caller that reads no answers")
  func callerThatReadsNoAnswers() throws {
    let exit = try Relays.exit(pool: 256, frameMax: 2_000, more: Self.links)
    let stalled = try Wire(try exit.address("relay"), window: 4_096)
    let frames = (0..<64).flatMap { raw(sample(1_500, $0)) }
    let reader = try Wire(try exit.address("relay"))
    var rest = frames[...]
    try eventually("its answers are shed") {
      for _ in 0..<16 {
        rest = rest.dropFirst(stalled.offer(Array(rest)))
        if rest.isEmpty { rest = frames[...] }
      }
      return try exit.chain().dropped(.linkStalled, by: "link_out") > 0
    }
    for number in 0..<20 {
      let body = sample(100, UInt64(number))
      reader.send(raw(body))
      try #require(reader.frame() == body)
    }
    // Only then it reads: else it might not have stopped.
    try eventually("it is sent away") { try exit.status().closed(.stalled) == 1 }
    #expect(stalled.end() == .reset)
    let chain = try settled(exit).chains[0]
    #expect(chain[.pauses] > 0 && chain.dropped(.poolFull) == 0)
  }
}
