import MixNet
import Testing

@testable import Sphinx

/// Packets that are made together are those that are made one by one.
@Suite struct SenderBatchTests {
  static let multipliers: [any PointMultiplier] = [SodiumMultiplier(), X25519Choice.quickest]

  /// Routes of all lengths and versions, some over a key on the twist.
  static func nodes(_ count: Int) throws -> [TestNodes] {
    let twist = try SphinxPublicKey(Bytes32(words: [2, 0, 0, 0]))
    return (0..<count).map { i in
      var nodes = TestNodes(1 + i % 5, seed: UInt64(i), version: SphinxVersion.allCases[i % 3])
      if i % 7 == 3 { nodes.hops[i % nodes.hops.count].key = twist }
      return nodes
    }
  }

  static func single(_ nodes: TestNodes, _ message: [UInt8], _ random: inout RandomStream) throws -> [UInt8] {
    var sender = SphinxSender(multiplier: SodiumMultiplier())
    var packet = [UInt8](repeating: 0, count: SphinxSize.ack.packet)
    var span = packet.mutableSpan
    try sender.create(
      &span, message: message.span, along: nodes.hops.span, to: nodes.recipient, version: nodes.version,
      random: &random)
    return packet
  }

  @Test(arguments: [1, 2, 7, 8, 9, 40], 0..<2)
  func asOneByOne(_ count: Int, _ multiplier: Int) throws {
    let all = try Self.nodes(count)
    var random = RandomStream(seed: Seed(9))
    let due = try all.enumerated().map { try Self.single($1, [UInt8($0)], &random) }

    var sender = SphinxSender(capacity: count, multiplier: Self.multipliers[multiplier])
    // Twice, so that what a batch leaves behind would show in the next.
    for _ in 0..<2 {
      random = RandomStream(seed: Seed(9))
      sender.begin()
      for nodes in all {
        try sender.enter(along: nodes.hops.span, to: nodes.recipient, version: nodes.version, random: &random)
      }
      sender.exchange()
      for place in all.indices.reversed() {
        var packet = [UInt8](repeating: 0, count: SphinxSize.ack.packet)
        var span = packet.mutableSpan
        let message = [UInt8(place)]
        try sender.write(place, message: message.span, into: &span)
        #expect(packet == due[place])
        #expect(sender.tags.count == all[place].hops.count)
      }
      sender.end()
    }
  }

  @Test func badRoutesAndMessages() throws {
    let nodes = TestNodes(5, seed: 1)
    var sender = SphinxSender(capacity: 3)
    var random = RandomStream(seed: Seed(1))
    sender.begin()
    do {
      let none: [SphinxHop] = []
      let six = nodes.hops + [nodes.hops[0]]
      for hops in [none, six] {
        do throws(SphinxError) {
          try sender.enter(along: hops.span, to: nodes.recipient, version: .v260, random: &random)
          Issue.record("a route of \(hops.count) hops was taken")
        } catch { #expect(error == .hopCount(hops.count)) }
      }
    }
    let place = try sender.enter(along: nodes.hops.span, to: nodes.recipient, version: .v260, random: &random)
    #expect(place == 0, "what was refused has no place")
    sender.exchange()
    var packet = [UInt8](repeating: 5, count: SphinxSize.ack.packet)
    let long = [UInt8](repeating: 0, count: 22)
    var span = packet.mutableSpan
    do throws(SphinxError) {
      try sender.write(place, message: long.span, into: &span)
      Issue.record("a message of 22 bytes was taken")
    } catch { #expect(error == .messageTooLong(22, max: 21)) }
    #expect(packet == [UInt8](repeating: 5, count: SphinxSize.ack.packet))
  }
}
