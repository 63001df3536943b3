import MixNet
import Testing

@testable import Sphinx

/// Reply blocks there and back.
@Suite struct SURBTests {
  static func surb(_ nodes: TestNodes, seed: UInt64 = 1) throws -> SphinxSURB {
    var sender = SphinxSender()
    var random = RandomStream(seed: Seed(seed).derived("surb"))
    return try sender.createSURB(
      along: nodes.hops.span, to: nodes.recipient, version: nodes.version, random: &random)
  }

  static func reply(_ text: [UInt8], _ surb: [UInt8], size: SphinxSize) throws -> (first: Bytes32, packet: [UInt8]) {
    var sender = SphinxSender()
    var packet = [UInt8](repeating: 0xee, count: size.packet)
    var span = packet.mutableSpan
    let first = try sender.reply(&span, message: text.span, with: surb.span)
    return (first, packet)
  }

  static func open(_ payload: [UInt8], _ recovery: SURBRecovery) throws -> [UInt8] {
    var sender = SphinxSender()
    var payload = payload
    var span = payload.mutableSpan
    let place = try sender.open(&span, with: recovery)
    return Array(payload[place])
  }

  @Test(arguments: SphinxVersion.allCases, 1...5)
  func thereAndBack(_ version: SphinxVersion, _ count: Int) throws {
    let nodes = TestNodes(count, seed: 1, version: version)
    let surb = try Self.surb(nodes)
    #expect(surb.bytes.count == SphinxSURB.size(version, hops: count))
    for size in [SphinxSize.ack, .regular, try SphinxSize(payload: 32_768)] {
      for length in [0, 1, size.messageMax] {
        let text = [UInt8](repeating: 0x5a, count: length)
        let (first, packet) = try Self.reply(text, surb.bytes, size: size)
        #expect(first == nodes.hops[0].address)
        let (hop, payload) = try nodes.deliver(packet)
        #expect(hop.recipient == nodes.recipient && hop.version == version)
        // With one hop, the last node's layer is the replier's.
        #expect((message(in: payload) == nil) == (version == .v260 && count > 1))
        #expect(try Self.open(payload, surb.recovery) == text)
      }
    }
  }

  /// A reply that was changed on its way, or is for another block, does not open.
  @Test func othersDoNotOpen() throws {
    let nodes = TestNodes(3, seed: 2, version: .v260)
    let surb = try Self.surb(nodes)
    let payload = try nodes.deliver(try Self.reply([1, 2, 3], surb.bytes, size: .ack).packet).payload
    let other = try Self.surb(nodes, seed: 2).recovery
    #expect(throws: SphinxError.badPayload) { try Self.open(payload, other) }
    for bit in 0..<8 * payload.count {
      #expect(throws: SphinxError.badPayload) { try Self.open(flipped(payload, bit: bit), surb.recovery) }
    }
    #expect(throws: SphinxError.payloadSize(37)) { try Self.open(Array(payload.dropLast()), surb.recovery) }
    #expect(throws: SphinxError.payloadSize(0)) { try Self.open([], surb.recovery) }
  }

  /// What the creator keeps survives being written down.
  @Test func recoveryComesBackAsItWent() throws {
    for version in SphinxVersion.allCases {
      let surb = try Self.surb(TestNodes(4, seed: 3, version: version))
      var bytes = [UInt8](repeating: 0, count: surb.recovery.size)
      var span = bytes.mutableSpan
      surb.recovery.reveal(into: &span)
      let again = try SURBRecovery(version: version, bytes.span)
      let same =
        again.identifier == surb.recovery.identifier && again.seeds.revealed() == surb.recovery.seeds.revealed()
      #expect(same)
    }
    for (version, good) in [(SphinxVersion.v258, [16]), (.v259, [16]), (.v260, [32, 48, 64, 80, 96])] {
      for size in 0...200 {
        let bytes = [UInt8](repeating: 9, count: size)
        let fits = (try? SURBRecovery(version: version, bytes.span)) != nil
        #expect(fits == good.contains(size), "\(version) \(size)")
      }
    }
  }

  /// Every length that is no block's is refused; no block's bytes can trap a replier.
  @Test func anyBlock() throws {
    var good: Set<Int> = []
    for version in SphinxVersion.allCases { for hops in 1...5 { good.insert(SphinxSURB.size(version, hops: hops)) } }
    var random = RandomStream(seed: Seed(4))
    for size in 0...1500 {
      let block = bytes(size, &random)
      if good.contains(size) {
        #expect(try Self.reply([1], block, size: .ack).packet.prefix(348) == block.prefix(348))
      } else {
        #expect(throws: SphinxError.replyBlockSize(size)) { try Self.reply([1], block, size: .ack) }
      }
    }
  }

  @Test func refusals() throws {
    var nodes = TestNodes(3, seed: 5)
    let surb = try Self.surb(nodes)
    #expect(throws: SphinxError.messageTooLong(22, max: 21)) {
      try Self.reply([UInt8](repeating: 0, count: 22), surb.bytes, size: .ack)
    }
    nodes.recipient.identifier = Bytes16(words: [0, 0])
    #expect(throws: SphinxError.zeroIdentifier) { try Self.surb(nodes) }
    nodes = TestNodes(3, seed: 5)
    nodes.hops = []
    #expect(throws: SphinxError.hopCount(0)) { try Self.surb(nodes) }
    nodes.hops = TestNodes(6, seed: 5).hops
    #expect(throws: SphinxError.hopCount(6)) { try Self.surb(nodes) }
  }
}
