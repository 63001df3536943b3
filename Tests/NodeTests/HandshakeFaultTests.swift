import LinuxNet
import MixNet
import Testing

@testable import MixHost

/// What a stranger may try on the listener where mixes meet.
@Suite struct HandshakeFaultTests {
  private let network: MixNetwork
  private let mix: TestNode
  private let place: Address

  init() throws {
    network = try MixNetwork(1, extra: "[links]\nhandshake_timeout_ms = 1_000\nframe_timeout_ms = 5_000")
    mix = try network[0]
    place = try mix.address("mix")
  }

  /// The link is closed, it is counted, and the node goes on.
  private func expectRefusal(_ wire: PeerWire, counted: Int = 1) throws {
    #expect(wire.wire.end() != nil)
    try eventually("it is counted") { try mix.chain().aside(.malformed, by: "link_in") == counted }
    try eventually("no link is left") { try mix.status().links.isEmpty }
    #expect(try PeerWire(place).answersPings())
  }

  @Test func goodHelloBringsTheLinkUp() throws {
    let wire = try PeerWire(place)
    let hello = try #require(wire.hello)
    #expect(hello.node == network.address(0) && hello.limits == FrameLimits(2_413...2_413))
    #expect(wire.answersPings([]) && wire.answersPings(sample(FrameLimits.controlMax, 1)))
    let links = try mix.status().links
    #expect(links.count == 1 && links[0].state == "up" && links[0].peer == PeerWire.node)
  }

  @Test(
    "fault 22: hellos of another version, protocol or size",
    arguments: ["version", "protocol", "limits", "magic", "short", "long", "huge"])
  func hellosThatDoNotFitAreRefused(_ fault: String) throws {
    let wire = try PeerWire(place, answer: { _ in nil })
    var hello = try #require(wire.hello)
    switch fault {
    case "version": hello.versions = 2...9
    case "protocol": hello.protocolTag ^= 1
    case "limits": hello.limits = FrameLimits(2_413...2_414)
    default: break
    }
    var body = hello.bytes
    if fault == "magic" { body[0] ^= 1 }
    if fault == "short" { body.removeLast() }
    if fault == "long" { body.append(0) }
    if fault == "huge" { body += [UInt8](repeating: 0, count: FrameLimits.controlMax + 1 - body.count) }
    wire.wire.send(peer(.hello, body))
    try expectRefusal(wire)
  }

  /// A hello whose field is as large as it may be is one.
  @Test func helloWithAFullFieldIsTaken() throws {
    let wire = try PeerWire(place) { theirs in
      guard var hello = PeerWire.another(theirs) else { return nil }
      var fields = HelloFields()
      _ = fields.set("some_stage", sample(Hello.fieldMax - 10, 2))
      hello.field = fields.bytes
      return hello
    }
    #expect(wire.hello?.field.isEmpty == true)
    #expect(wire.answersPings())
  }

  /// What stages say comes in entries; anything else is no hello.
  @Test func helloWithAFieldOfNoEntriesIsRefused() throws {
    let wire = try PeerWire(place) { theirs in
      var hello = PeerWire.another(theirs)
      hello?.field = sample(Hello.fieldMax, 2)
      return hello
    }
    try expectRefusal(wire)
  }

  @Test("fault 5: silence instead of a hello")
  func silenceInsteadOfAHelloIsCutOff() throws {
    let wire = try PeerWire(place, answer: { _ in nil })
    #expect(wire.wire.end(within: 8) == .reset)
    try eventually("no link is left") { try mix.status().links.isEmpty }
    #expect(try mix.chain().aside(.expired, by: "link_in") == 1)
  }

  /// Before the hello nothing else may come, and no second one after it.
  @Test(arguments: [FrameKind.data, .ping, .pong, .close])
  func otherFramesBeforeTheHelloAreRefused(_ kind: FrameKind) throws {
    let wire = try PeerWire(place, answer: { _ in nil })
    wire.wire.send(peer(kind, kind == .data ? sample(2_413, 3) : []))
    try expectRefusal(wire)
  }

  @Test func aSecondHelloIsRefused() throws {
    let wire = try PeerWire(place)
    #expect(wire.answersPings())
    wire.wire.send(peer(.hello, try #require(wire.hello).bytes))
    try expectRefusal(wire)
  }

  /// No kind, a kind that does not exist, a length of nothing, a control frame or a packet of a wrong size.
  @Test(
    "fault 3: headers of no frame on a link between mixes",
    arguments: [
      [0, 0, 0, 1, 4], [0, 0, 0, 1, 5], [0, 0, 0, 1, 7], [0, 0, 0, 1, 255], [0, 0, 0, 0, 1], [0, 0, 4, 130, 2],
      [0, 0, 9, 109, 1], [0, 0, 9, 111, 1], [0, 0, 0, 1, 1], [255, 255, 255, 255, 1], [128, 0, 0, 0, 1],
    ])
  func headersOfNoFrameAreRefused(_ header: [UInt8]) throws {
    let wire = try PeerWire(place)
    #expect(wire.answersPings())
    wire.wire.send(header)
    try expectRefusal(wire)
    #expect(try settled(mix).chains[0][.received] == 0)
  }

  /// A pong that nobody asked for is nothing; a close ends the link in good order.
  @Test func closeEndsTheLink() throws {
    let wire = try PeerWire(place)
    wire.wire.send(peer(.pong, [1]))
    #expect(wire.answersPings())
    wire.wire.send(peer(.close))
    #expect(wire.wire.end() == .finished)
    #expect(try mix.chain().asides.isEmpty)
  }

  /// A flood of pings from one who reads no pongs costs the node at most 64 KiB, and the link works afterwards.
  @Test func pingFloodIsBounded() throws {
    let wire = try PeerWire(place)
    let flood = (0..<4_000).flatMap { peer(.ping, sample(1_000, UInt64($0))) }
    #expect(wire.wire.send(flood))
    var pongs = 0
    var isOver = false
    // A question that finds no room for its answer is asked again.
    for _ in 0..<20 where !isOver {
      wire.wire.send(peer(.ping, [1, 2, 3]))
      while !isOver, let (kind, body) = PeerWire.frame(wire.wire, within: 3) {
        // One without a body says that the node lives, though it has not read all yet.
        try #require(kind == FrameKind.pong.rawValue && [0, 3, 1_000].contains(body.count))
        pongs += body.count == 1_000 ? 1 : 0
        isOver = body.count == 3
      }
    }
    #expect(isOver && pongs > 0)
  }

  /// Packets of noise are packets with a bad header: each is counted, no link is closed for what may be another's fault.
  @Test func noiseIsCountedPacketByPacket() throws {
    let wire = try PeerWire(place)
    wire.wire.send((0..<100).flatMap { peer(.data, sample(2_413, UInt64($0))) })
    #expect(wire.answersPings())
    let chain = try settled(mix).chains[0]
    #expect(chain[.received] == 100 && chain[.forwarded] == 0)
    #expect(chain.lost == 100)
  }
}
