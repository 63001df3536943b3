import MixNet
import Testing

@testable import Sphinx

/// What a node must refuse, and with which reason.
@Suite struct RefusalTests {
  @Test("fault 21: points of low order, in all encodings, are refused as group elements")
  func lowOrderAlphas() throws {
    let nodes = TestNodes(1, seed: 1)
    for (hex, isCanonical) in lowOrderPoints {
      let alpha = try #require([UInt8](hex: hex))
      var packet = try nodes.packet([1, 2, 3], size: .regular, seed: 1)
      packet.replaceSubrange(Layout.alpha, with: alpha)
      let expected = isCanonical ? SphinxRefusal.lowOrderAlpha : .nonCanonicalAlpha
      #expect(throws: expected, "\(hex)") { try nodes.keys[0].unwrap(packet) }
      // The same point in the encodings that X25519 would accept for it.
      packet[31] |= 0x80
      #expect(throws: SphinxRefusal.nonCanonicalAlpha) { try nodes.keys[0].unwrap(packet) }
    }
  }

  /// Alpha zero gives the shared secret zero at every node. With a mac that is right for it, it still must not pass.
  @Test("fault 21: a packet that is authentic under the secret zero is refused")
  func authenticPacketUnderTheZeroSecret() throws {
    let zero = [UInt8](repeating: 0, count: 32)
    let nodes = TestNodes(1, seed: 2)
    let packet = forge(alpha: zero, secret: zero, block: block(flag: 2, version: [0, 1, 3]))
    #expect(throws: SphinxRefusal.lowOrderAlpha) { try nodes.keys[0].unwrap(packet) }
  }

  @Test func everyOtherLength() throws {
    let nodes = TestNodes(2, seed: 3)
    let packet = try nodes.packet([], size: .regular, seed: 3)
    var unwrapper = SphinxUnwrapper(keys: SphinxKeySet(nodes.keys[0]), size: .regular, capacity: 1)
    for length in 0..<packet.count + 100 where length != packet.count {
      unwrapper.beginHeaders()
      let bytes = Array((packet + packet).prefix(length))
      let refusal = unwrapper.load(0, bytes.span)
      #expect(refusal == .wrongSize)
      let more = unwrapper.exchange()
      #expect(!more && !unwrapper.awaits(0))
    }
    for length in 0..<SphinxSize.header + SphinxSize.payloads.lowerBound {
      #expect(refusal { _ = try nodes.keys[0].unwrap(Array(packet.prefix(length))) } == .wrongSize)
    }
    let huge = [UInt8](repeating: 0, count: SphinxSize.header + SphinxSize.payloads.upperBound + 1)
    #expect(throws: SphinxRefusal.wrongSize) { try nodes.keys[0].unwrap(huge) }
  }

  /// All 2,784 bits of a header, of a packet to be passed on and of one that arrived.
  @Test("fault 20: a header with any bit turned over is refused", arguments: [1, 3])
  func everyBitOfTheHeader(_ count: Int) throws {
    let nodes = TestNodes(count, seed: 4)
    let packet = try nodes.packet([5], size: .ack, seed: 4)
    #expect(throws: Never.self) { try nodes.keys[0].unwrap(packet) }
    for bit in 0..<8 * SphinxSize.header {
      let reason = refusal { _ = try nodes.keys[0].unwrap(flipped(packet, bit: bit)) }
      #expect(reason == (bit == 255 ? .nonCanonicalAlpha : .badMAC), "bit \(bit)")
    }
  }

  /// All bits of a small payload: every header stays good, and the service finds no message.
  @Test("fault 20: a payload with any bit turned over is no message at the end", arguments: SphinxVersion.allCases)
  func everyBitOfThePayload(_ version: SphinxVersion) throws {
    let nodes = TestNodes(3, seed: 5, version: version)
    let packet = try nodes.packet([5, 6], size: .ack, seed: 5)
    #expect(message(in: try nodes.deliver(packet).payload) == [5, 6])
    for bit in 8 * SphinxSize.header..<8 * packet.count {
      #expect(message(in: try nodes.deliver(flipped(packet, bit: bit)).payload) == nil, "bit \(bit)")
    }
  }

  @Test func foreignKey() throws {
    let nodes = TestNodes(2, seed: 6)
    let packet = try nodes.packet([], size: .ack, seed: 6)
    #expect(throws: SphinxRefusal.badMAC) { try nodes.keys[1].unwrap(packet) }
  }

  /// Authentic headers of a sender who writes what he likes.
  @Test func versionsAndFlags() throws {
    let nodes = TestNodes(1, seed: 7)
    for flag in UInt8(0)...255 {
      for version in [[0, 1, 2], [0, 1, 3], [0, 1, 4]] as [[UInt8]] {
        let reason = refusal { _ = try nodes.keys[0].unwrap(forge(nodes, block: block(flag: flag, version: version))) }
        #expect(reason == (flag == 1 || flag == 2 ? nil : .badRoute), "flag \(flag)")
      }
    }
    let bad: [[UInt8]] = [
      [0, 1, 1], [0, 1, 0], [0, 1, 5], [0, 0, 0], [0, 2, 2], [1, 1, 2], [255, 255, 255], [2, 1, 0],
    ]
    for version in bad {
      for flag in [1, 2, 3] as [UInt8] {
        let packet = forge(nodes, block: block(flag: flag, version: version))
        #expect(throws: SphinxRefusal.unknownVersion, "\(version)") { try nodes.keys[0].unwrap(packet) }
      }
    }
  }

  /// A packet that is refused stays as it was, and leaves no secret behind.
  @Test func refusedPacketsAreNotTouched() throws {
    let nodes = TestNodes(1, seed: 8)
    let good = try nodes.packet([], size: .ack, seed: 8)
    for packet in [
      flipped(good, bit: 8 * 40), forge(nodes, block: block(flag: 3, version: [0, 1, 2])),
      forge(nodes, block: block(flag: 1, version: [0, 1, 1])),
    ] {
      var bytes = packet
      var secrets = [UInt8](repeating: 0, count: SphinxSecrets.size)
      let size = try SphinxSize(packet: packet.count)
      var unwrapper = SphinxUnwrapper(keys: SphinxKeySet(nodes.keys[0]), size: size, capacity: 1)
      unwrapper.beginHeaders()
      let early = unwrapper.load(0, bytes.span)
      #expect(early == nil && unwrapper.exchange())
      var span = bytes.mutableSpan
      var scratch = secrets.mutableSpan
      guard case .refused = unwrapper.header(0, &span, &scratch) else {
        Issue.record("not refused")
        continue
      }
      #expect(bytes == packet)
      #expect(secrets.allSatisfy { $0 == 0 })
    }
  }

  /// Random bytes, random blocks under good macs, and random payloads: nothing traps.
  @Test func anythingAtAll() throws {
    let nodes = TestNodes(1, seed: 9)
    var random = RandomStream(seed: Seed(9))
    var seen: Set<SphinxRefusal> = []
    for round in 0..<1500 {
      let length = round % 3 == 0 ? Int(random.below(3000)) : SphinxSize.ack.packet
      let packet = bytes(length, &random)
      refusal { _ = try nodes.keys[0].unwrap(packet) }.map { _ = seen.insert($0) }
      var block = bytes(Layout.stream, &random)
      if round % 2 == 0 { block.replaceSubrange(0..<4, with: [UInt8(round % 4), 0, 1, UInt8(2 + round % 3)]) }
      refusal { _ = try nodes.keys[0].unwrap(forge(nodes, block: block)) }.map { _ = seen.insert($0) }
      _ = message(in: bytes(Int(random.below(64)), &random))
    }
    #expect(seen == [.wrongSize, .nonCanonicalAlpha, .badMAC, .unknownVersion, .badRoute])
  }
}

/// The first bytes of a decrypted beta.
private func block(flag: UInt8, version: [UInt8]) -> [UInt8] {
  [flag] + version + [UInt8](repeating: 0x77, count: Layout.stream - 4)
}

/// A packet whose header is authentic at the first node and decrypts to `block`, as far as beta goes.
private func forge(_ nodes: TestNodes, block: [UInt8]) -> [UInt8] {
  var random = RandomStream(seed: Seed(10))
  let sender = SphinxSecretKey(random: &random)
  var scalar = [UInt8](repeating: 0, count: 32)
  var span = scalar.mutableSpan
  sender.reveal(into: &span)
  return forge(
    alpha: sender.publicKey.array, secret: product(scalar, nodes.keys[0].publicKey.array), block: block)
}

private func forge(alpha: [UInt8], secret: [UInt8], block: [UInt8]) -> [UInt8] {
  var crypto = PacketCrypto()
  let keys = SecretBuffer(expanded(secret).span)
  var beta = SecretBuffer(block.span)
  crypto.stream(KeyLayout.stream, of: keys, over: 0..<Layout.beta.count, of: &beta)
  let bytes = beta.revealed(0..<Layout.beta.count)
  let mac = headerMAC(KeyLayout.mac, of: keys, over: bytes.span)
  return alpha + (0..<16).map { mac[$0] } + bytes + [UInt8](repeating: 0x55, count: SphinxSize.ack.payload)
}
