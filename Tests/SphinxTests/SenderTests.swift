import MixNet
import Testing

@testable import Sphinx

/// What a sender makes arrives, whatever the route, the size and the version; and what it must not make is refused.
@Suite struct SenderTests {
  /// Every version, route length and some sizes; every message length near the ends.
  @Test(arguments: SphinxVersion.allCases, 1...5)
  func delivery(_ version: SphinxVersion, _ count: Int) throws {
    for (i, payload) in [38, 39, 64, 65, 1024, 2065, 32_768].enumerated() {
      let size = try SphinxSize(payload: payload)
      var random = RandomStream(seed: Seed(UInt64(payload)))
      for (j, length) in [0, 1, size.messageMax / 2, size.messageMax - 1, size.messageMax].enumerated() {
        let seed = UInt64(100 * i + j)
        let nodes = TestNodes(count, seed: seed, version: version)
        let text = bytes(length, &random)
        let packet = try nodes.packet(text, size: size, seed: seed)
        let (hop, payload) = try nodes.deliver(packet)
        #expect(hop.recipient == nodes.recipient && hop.version == version)
        #expect(message(in: payload) == text)
      }
    }
  }

  /// Messages of zeros and ones, which the mark at the end must survive.
  @Test func messagesLikeThePadding() throws {
    let nodes = TestNodes(2, seed: 1)
    for text in [
      [0], [1], [1, 0], [0, 1], [1, 1, 0, 0], [UInt8](repeating: 0, count: 21), [UInt8](repeating: 1, count: 21),
    ] {
      let packet = try nodes.packet(text, size: .ack, seed: 1)
      #expect(message(in: try nodes.deliver(packet).payload) == text)
    }
  }

  @Test func payloadsWithoutAMessage() {
    #expect(message(in: []) == nil)
    #expect(message(in: [UInt8](repeating: 0, count: 16)) == nil)
    #expect(message(in: [UInt8](repeating: 0, count: 64)) == nil, "no mark")
    #expect(message(in: [UInt8](repeating: 0, count: 16) + [1]) == [])
    for byte in 0..<16 {
      var payload = [UInt8](repeating: 0, count: 16) + [7, 1, 0]
      #expect(message(in: payload) == [7])
      payload[byte] = 0x10
      #expect(message(in: payload) == nil)
    }
  }

  /// The same choices make the same packet; others change all of it.
  @Test func determinism() throws {
    let nodes = TestNodes(3, seed: 2)
    let a = try nodes.packet([1], size: .regular, seed: 1)
    #expect(try nodes.packet([1], size: .regular, seed: 1) == a)
    let b = try nodes.packet([1], size: .regular, seed: 2)
    #expect(zip(a, b).count { $0 == $1 } < 40)
  }

  /// Replay tags: the same for copies, else all different.
  @Test func tags() throws {
    let nodes = TestNodes(1, seed: 3)
    var tags: Set<Bytes32> = []
    for seed in 0..<50 as Range<UInt64> {
      let packet = try nodes.packet([], size: .ack, seed: seed)
      for _ in 0..<2 { tags.insert(try nodes.deliver(packet).hop.tag) }
    }
    #expect(tags.count == 50)
  }

  /// Shared secrets against a chain of multiplications that the test does itself; with a key on the twist, where a short cut
  /// would give other bytes, at every place.
  @Test func sharedSecretsAreTheChain() throws {
    let twist = try SphinxPublicKey(Bytes32(words: [2, 0, 0, 0]))
    #expect(!twist.isOnCurve)
    for seed in 0..<60 as Range<UInt64> {
      var nodes = TestNodes(5, seed: seed)
      if seed % 6 < 5 { nodes.hops[Int(seed % 6)].key = twist }
      var random = RandomStream(seed: Seed(seed))
      let initial = bytes(32, &random)
      let padding = bytes(Layout.padding(hops: 5), &random)
      var sender = SphinxSender()
      _ = try sender.enter(
        along: nodes.hops.span, to: nodes.recipient, version: .v259, initialSecret: initial.span,
        finalPadding: padding.span)
      sender.exchange()
      var factors = [initial]
      for i in 0..<5 {
        let secret = factors.reduce(nodes.hops[i].key.bytes.array) { product($1, $0) }
        let keys = expanded(secret)
        let derived = sender.hopKeys.revealed((0..<KeyLayout.total) + KeyLayout.total * i)
        #expect(derived == keys, "seed \(seed), hop \(i)")
        factors.append(Array(keys[KeyLayout.blinding]))
      }
    }
  }

  @Test func nothingStays() throws {
    let nodes = TestNodes(3, seed: 4)
    var sender = SphinxSender()
    var random = RandomStream(seed: Seed(4))
    var packet = [UInt8](repeating: 0, count: SphinxSize.ack.packet)
    var span = packet.mutableSpan
    try sender.create(
      &span, message: [1].span, along: nodes.hops.span, to: nodes.recipient, version: .v258, random: &random)
    let left =
      sender.choices.revealed() + sender.hopKeys.revealed() + sender.scalars.revealed() + sender.alphas.revealed()
      + sender.lanes.products.revealed() + sender.payloadKey.revealed() + sender.work.revealed()
      + sender.streams.revealed() + sender.filler.revealed() + sender.header.revealed() + sender.material.revealed()
    #expect(left.allSatisfy { $0 == 0 })
  }

  @Test func refusals() throws {
    let nodes = TestNodes(3, seed: 5)
    func create(hops: Int = 3, message: Int = 1, packet: Int = 386, secret: Int = 32, padding: Int? = nil)
      -> SphinxError?
    {
      var sender = SphinxSender()
      var bytes = [UInt8](repeating: 0xee, count: packet)
      let route = (0..<hops).map { nodes.hops[$0 % 3] }
      let text = [UInt8](repeating: 1, count: message)
      let choices = [UInt8](repeating: 1, count: 400)
      do throws(SphinxError) {
        var span = bytes.mutableSpan
        try sender.create(
          &span, message: text.span, along: route.span, to: nodes.recipient, version: .v259,
          initialSecret: choices.span.extracting(0..<secret),
          finalPadding: choices.span.extracting(0..<(padding ?? 308 - 60 * hops)))
        return nil
      } catch {
        #expect(bytes.allSatisfy { $0 == 0xee }, "the packet was touched")
        return error
      }
    }
    #expect(create() == nil && create(hops: 5) == nil && create(hops: 1, message: 21) == nil)
    #expect(create(hops: 0, padding: 0) == .hopCount(0))
    #expect(create(hops: 6, padding: 0) == .hopCount(6))
    #expect(create(hops: 100, padding: 0) == .hopCount(100))
    #expect(create(message: 22) == .messageTooLong(22, max: 21))
    #expect(create(packet: 385) == .payloadSize(37))
    #expect(create(packet: 0) == .payloadSize(-348))
    #expect(create(packet: 33_117) == .payloadSize(32_769))
    #expect(create(secret: 31) == .choices(secret: 31, padding: 128))
    #expect(create(padding: 129) == .choices(secret: 32, padding: 129))
  }

  @Test func sizes() throws {
    #expect(SphinxSize.regular.packet == 2413 && SphinxSize.regular.messageMax == 2048)
    #expect(SphinxSize.ack.packet == 386 && SphinxSize.ack.messageMax == 21)
    #expect(try SphinxSize(packet: 2413) == .regular && SphinxSize(payload: 38) == .ack)
    for bad in [Int.min, -1, 0, 37, 32_769, Int.max] {
      #expect(throws: SphinxError.payloadSize(bad)) { _ = try SphinxSize(payload: bad) }
    }
    #expect(throws: SphinxError.self) { _ = try SphinxSize(packet: Int.min) }
    #expect(throws: SphinxError.self) { _ = try SphinxSize(packet: Int.max) }
  }
}
