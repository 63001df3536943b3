import LinuxNet
import MixNet
import Sphinx
import Testing

@testable import MixHost

/// What a stranger may try on the listener for clients.
@Suite struct AttachFaultTests {
  private let network: MixNetwork
  private let mix: TestNode
  private let place: Address

  init() throws {
    network = try MixNetwork(1, extra: "[links]\nhandshake_timeout_ms = 1_000")
    mix = try network[0]
    place = try mix.address("clients")
  }

  private func expectRefusal(_ client: ClientWire) throws {
    #expect(client.wire.end() != nil)
    try eventually("it is counted") { try mix.chain().aside(.malformed, by: "link_in") == 1 }
    try eventually("nobody is attached") {
      let status = try mix.status()
      return status.clients == 0 && status.links.isEmpty
    }
    // Another client is served.
    let good = try ClientWire(place, clientKey(9))
    try send(good)
  }

  /// A packet there and its reply back.
  private func send(_ client: ClientWire) throws {
    let factory = try PacketFactory(network, seed: 7)
    let message = sample(100, 5)
    let block = try factory.block(along: [0], to: client.key.address, identifier: Bytes16(words: [1, 2]))
    client.send(try factory.packet(request(message, block.bytes), along: [0]))
    let reply = try #require(client.message())
    #expect(reply.identifier == Bytes16(words: [1, 2]) && reply.number == 0)
    #expect(try answer(factory.open(reply.payload, with: block)) == message)
  }

  @Test func attachedClientIsAnswered() throws {
    let client = try ClientWire(place, clientKey(1))
    try send(client)
    #expect(try settled(mix).clients == 1)
  }

  @Test(
    "fault 22: a client with a wrong key, a replayed or another node's challenge",
    arguments: ["signature", "another's key", "another node's challenge", "replayed", "no attach", "short", "long"])
  func wrongAttachesAreRefused(_ fault: String) throws {
    let client = try ClientWire(place, clientKey(1), attaching: false)
    let challenge = try client.challenge()
    var frame = client.key.attach(to: challenge)
    switch fault {
    case "signature": frame[96] ^= 1
    case "another's key": frame.replaceSubrange(1..<33, with: clientKey(2).address.array)
    case "another node's challenge":
      frame = client.key.attach(to: Challenge(node: Fingerprint.of("another"), nonce: challenge.nonce))
    case "replayed":
      let older = try ClientWire(place, clientKey(1), attaching: false)
      frame = client.key.attach(to: try older.challenge())
      older.wire.close()
    case "no attach": frame[0] = ClientProtocol.Kind.packet.rawValue
    case "short": frame.removeLast()
    default: frame.append(0)
    }
    client.wire.send(raw(frame))
    try expectRefusal(client)
  }

  @Test func silenceInsteadOfAnAttachIsCutOff() throws {
    let client = try ClientWire(place, clientKey(1), attaching: false)
    #expect(client.wire.end(within: 8) == .reset)
    try eventually("no link is left") { try mix.status().links.isEmpty }
    #expect(try mix.chain().aside(.expired, by: "link_in") == 1)
  }

  /// After the attach: a second one, kinds that are none or the node's own, sizes that no packet has.
  @Test(arguments: [0x00, 0x01, 0x02, 0x03, 0x11, 0x13, 0xff])
  func otherKindsOfAClientAreRefused(_ kind: UInt8) throws {
    let client = try ClientWire(place, clientKey(1))
    let attach = client.key.attach(to: Challenge(node: network.address(0), nonce: Bytes32()))
    client.wire.send(raw([kind] + attach.dropFirst()))
    try expectRefusal(client)
  }

  @Test(arguments: [0, 1, 2_412, 2_414])
  func packetsOfAWrongSizeAreRefused(_ size: Int) throws {
    let client = try ClientWire(place, clientKey(1))
    client.send(sample(size, 1))
    try expectRefusal(client)
    #expect(try mix.chain().dropped(.wrongSize) == 0)
  }

  @Test(arguments: [1, 8, 10])
  func acknowledgementsOfAWrongSizeAreRefused(_ size: Int) throws {
    let client = try ClientWire(place, clientKey(1))
    client.wire.send(raw([UInt8](repeating: ClientProtocol.Kind.received.rawValue, count: size)))
    try expectRefusal(client)
  }

  /// The newer attachment of a key wins: the older link is closed, and replies go to the newer one.
  @Test(arguments: [1, 2, 4])
  func newerAttachmentWins(_ workers: Int) throws {
    let network = try MixNetwork(1, workers: workers)
    let mix = try network[0]
    let factory = try PacketFactory(network)
    let place = try mix.address("clients")
    // Each comes to a worker of its own.
    var older = try ClientWire(place, clientKey(1))
    for number in 1...20 as ClosedRange<UInt64> {
      let newer = try ClientWire(place, clientKey(1))
      #expect(older.wire.end() == .finished)
      let identifier = Bytes16(words: [number, 2])
      newer.send(try factory.packet(sample(9, number), along: [0], to: newer.key.address, identifier: identifier))
      #expect(newer.message()?.identifier == identifier)
      older = newer
    }
    try eventually("one is left") { try mix.status().links.count == 1 }
    #expect(try settled(mix).clients == 1)
    older.wire.close()
    try eventually("none is left") { try mix.status().clients == 0 }
  }
}
