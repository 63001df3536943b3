import MixNet
import Sphinx
import Testing

@testable import HearsaySim

/// The stand-in for Sphinx refuses what Sphinx refuses, and its reply blocks come back to their maker alone.
@Suite struct StubFormatTests {
  private let directory: NetworkDirectory
  private let forge: StubForge
  private static let keys = (0..<3).map { Fingerprint.of("key \($0)") }

  init() {
    let nodes = Self.keys.enumerated().map { number, key in
      NetworkDirectory.Node(
        name: "n\(number)", layer: number, address: Fingerprint.of("node \(number)"), chains: [], clients: nil,
        keys: [.init(purpose: "sphinx", bytes: key, from: 0, until: .max)])
    }
    directory = NetworkDirectory(nodes: nodes, payloadSize: SphinxSize.regular.payload)
    forge = StubForge(directory)
  }

  private static let route = (0..<3).map { ForgeHop(node: $0, delay: .ms(UInt64(10 * $0 + 1))) }

  private func packet(_ message: [UInt8]) throws -> [UInt8] {
    var random = RandomStream(seed: Seed(4))
    let recipient = SphinxRecipient(destination: Fingerprint.service("echo"), identifier: Bytes16())
    return try #require(forge.packet(message, along: Self.route, to: recipient, random: &random))
  }

  private func isAuthentic(_ packet: [UInt8], _ key: Bytes32) -> Bool {
    let secret = StubFormat.Secret(Bytes32(packet.span), key)
    return StubFormat.mac(packet.span.extracting(StubFormat.beta), secret) == Bytes16(packet.span, at: 32)
  }

  @Test func onlyTheFirstNodesKeyFits() throws {
    let packet = try packet([1, 2, 3])
    #expect(packet.count == SphinxSize.regular.packet)
    #expect(Self.keys.map { isAuthentic(packet, $0) } == [true, false, false])
  }

  @Test func everyBitOfTheHeaderIsChecked() throws {
    let whole = try packet([])
    for bit in 0..<8 * StubFormat.header {
      var packet = whole
      packet[bit / 8] ^= 1 << UInt8(bit % 8)
      if isAuthentic(packet, Self.keys[0]) { Issue.record("bit \(bit) may be flipped") }
    }
  }

  @Test(arguments: [0, 1, 500, 2_048])
  func aPayloadIsReadOrNotAtAll(_ size: Int) {
    let message = (0..<size).map { UInt8(truncatingIfNeeded: 7 * $0 + 1) }
    var payload = [UInt8](repeating: 9, count: SphinxSize.regular.payload)
    var span = payload.mutableSpan
    StubFormat.write(message.span, into: &span, from: 0)
    #expect(StubFormat.message(in: payload.span).map { Array(payload[$0]) } == message)
    for place in stride(from: 0, to: payload.count, by: 13) {
      payload[place] ^= 0x10
      if StubFormat.message(in: payload.span) != nil { Issue.record("byte \(place) may change") }
      payload[place] ^= 0x10
    }
  }

  @Test func aLayerChangesAllAndComesOff() {
    var bytes = (0..<1_003).map { UInt8(truncatingIfNeeded: $0) }
    let before = bytes
    let seed = StubFormat.Secret(Fingerprint.of("a"), Self.keys[0]).seed
    var span = bytes.mutableSpan
    StubFormat.layer(&span, from: 3, seed)
    let same = bytes.indices.count { bytes[$0] == before[$0] }
    #expect(bytes[..<3] == before[..<3] && same < 30)
    var again = bytes.mutableSpan
    StubFormat.layer(&again, from: 3, seed)
    #expect(bytes == before)
  }

  /// Each word has a pad of its own, whatever the length: the layer is the one that a loop over bytes makes.
  @Test(arguments: 0..<140) func aLayerIsTheSameForEveryLength(_ count: Int) {
    let seed = StubFormat.Secret(Fingerprint.of("a"), Self.keys[0]).seed
    var bytes = [UInt8](repeating: 0, count: count + 2)
    var span = bytes.mutableSpan
    StubFormat.layer(&span, from: 2, seed)
    let expected = (0..<count).map { place in
      let pad = seed.words[0] &+ UInt64(place / 8) &* seed.words[1]
      return UInt8(truncatingIfNeeded: pad >> UInt64(8 * (place % 8)))
    }
    #expect(Array(bytes[2...]) == expected)
  }

  /// What the replier and the nodes on the way do to a reply, its maker undoes.
  @Test func aReplyIsOpenedByWhatWasKept() throws {
    var random = RandomStream(seed: Seed(5))
    let recipient = SphinxRecipient(destination: Bytes32(words: [1, 2, 3, 4]), identifier: Bytes16(words: [5, 6]))
    let block = try #require(forge.replyBlock(along: Self.route, to: recipient, random: &random))
    #expect(block.bytes.count == SphinxSURB.size(.v260, hops: 3) && forge.blockSize(hops: 3) == block.bytes.count)
    let maker = StubMaker(.regular)
    #expect(maker.firstHop(of: block.bytes.span) == directory.nodes[0].address)
    var packet = [UInt8](repeating: 0, count: SphinxSize.regular.packet)
    var span = packet.mutableSpan
    let message: [UInt8] = [4, 5, 6]
    #expect(maker.reply(block.bytes.span, message: message.span, into: &span))
    var alpha = Bytes32(packet.span)
    for key in Self.keys {
      let secret = StubFormat.Secret(alpha, key)
      var span = packet.mutableSpan
      StubFormat.layer(&span, from: StubFormat.header, secret.seed)
      alpha = secret.next
    }
    var payload = Array(packet[StubFormat.header...])
    #expect(forge.open(payload, with: block.recovery) == message)
    payload[100] ^= 1
    #expect(forge.open(payload, with: block.recovery) == nil)
  }
}
