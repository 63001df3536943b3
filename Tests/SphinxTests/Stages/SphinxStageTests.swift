import MixHost
import MixHostTesting
import MixNet
import Testing

@testable import Sphinx

/// The `sphinx` stage does in a chain what the format says.
@Suite struct SphinxStageTests {
  private static let key: SphinxSecretKey = {
    var random = RandomStream(seed: Seed(77))
    return SphinxSecretKey(random: &random)
  }()
  private static let config = "[sphinx]\npayload_size = 100"

  private static var keyFile: MemoryFiles {
    var secret = [UInt8](repeating: 0, count: 32)
    var span = secret.mutableSpan
    key.reveal(into: &span)
    return MemoryFiles(["state/sphinx.key": Array((MixNet.Hex.text(secret) + "\n").utf8)])
  }

  /// Packets for this node: every third for a destination here, the others to be passed on.
  private static func packet(_ index: Int, _ random: inout RandomStream) -> SamplePacket {
    var sender = SphinxSender()
    let other = SphinxSecretKey(random: &random)
    let peer = StageConformance.node.directory.nodes[1 + index % 3].address
    var hops = [
      SphinxHop(key: SphinxPublicKey(of: key), address: StageConformance.node.address, delay: .us(UInt64(index)))
    ]
    if index % 3 != 0 { hops.append(SphinxHop(key: SphinxPublicKey(of: other), address: peer, delay: .zero)) }
    var packet = [UInt8](repeating: 0, count: 448)
    var span = packet.mutableSpan
    let recipient = SphinxRecipient(destination: Fingerprint.of("somebody"), identifier: Bytes16())
    let message = SamplePacket.bytes(40, &random)
    do {
      try sender.create(
        &span, message: message.span, along: hops.span, to: recipient, version: .v260, random: &random)
    } catch { Issue.record("\(error)") }
    return SamplePacket(packet, link: index)
  }

  @Test func aForwardPacketLeavesAsTheNextHopWantsIt() throws {
    var random = RandomStream(seed: Seed(5))
    let nodes = TestNodes(3, seed: 9)
    var hops = nodes.hops
    hops[0] = SphinxHop(key: SphinxPublicKey(of: Self.key), address: StageConformance.node.address, delay: .ms(3))
    var sender = SphinxSender()
    var packet = [UInt8](repeating: 0, count: 448)
    var span = packet.mutableSpan
    let message = Array("through the stage".utf8)
    try sender.create(
      &span, message: message.span, along: hops.span, to: nodes.recipient, version: .v259, random: &random)
    let kit = StageConformance(.sphinx, config: Self.config, files: Self.keyFile)
    let fates = try kit.fates(of: [SamplePacket(packet)]).packets
    let sent = try #require(fates[0].departures.first?.bytes)
    guard case .forward(let hop, let next) = try nodes.keys[1].unwrap(sent) else {
      Issue.record("the second node did not take it as a forward packet")
      return
    }
    #expect(hop.nextHop == nodes.hops[2].address)
    guard case .final(_, let payload) = try nodes.keys[2].unwrap(next) else {
      Issue.record("the third node is not the last")
      return
    }
    let found = SphinxPayload.message(in: payload.span)
    let range = try #require(found)
    #expect(Array(payload[range]) == message)
  }

  @Test func refusalsAreCountedByTheirReasons() throws {
    var random = RandomStream(seed: Seed(6))
    let good = Self.packet(1, &random).bytes
    func changed(_ at: Int, _ value: UInt8) -> [UInt8] {
      var bytes = good
      bytes[at] = value
      return bytes
    }
    let zero = [UInt8](repeating: 0, count: 32) + good[32...]
    let cases: [([UInt8], DropReason)] = [
      (changed(31, good[31] | 0x80), .badKey), (Array(zero), .badKey), (changed(40, good[40] ^ 1), .badMAC),
      (changed(200, good[200] ^ 1), .badMAC),
    ]
    let kit = StageConformance(.sphinx, config: Self.config, files: Self.keyFile)
    for (bytes, reason) in cases {
      #expect(try kit.fates(of: [SamplePacket(bytes)]).packets[0].dropReason == reason)
    }
  }
}
