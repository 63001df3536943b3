import MixHost
import MixHostTesting
import MixNet
import Testing

@testable import Sphinx

/// Sphinx's stages keep to the contract that the authors of other stages are held to.
@Suite struct ConformanceTests {
  /// Packets for the node to be passed on and to be delivered, and some that are none.
  @Test func sphinx() throws {
    let secret = [UInt8](repeating: 7, count: 32)
    let key = try SphinxSecretKey(secret.span)
    try StageConformance(
      .sphinx, config: "[sphinx]\npayload_size = 64",
      packets: { index, random in
        var nodes = TestNodes(1 + index % 4, seed: UInt64(index), version: SphinxVersion.allCases[index % 3])
        nodes.keys[0] = key
        nodes.hops[0].key = SphinxPublicKey(of: key)
        let size = (try? SphinxSize(payload: 64)) ?? .ack
        var packet = (try? nodes.packet([UInt8(index % 5)], size: size, seed: random.next())) ?? []
        if index % 7 == 3 { packet[100] ^= 1 }
        return SamplePacket(packet, link: index)
      },
      files: MemoryFiles(["state/sphinx.key": Array(MixNet.Hex.text(secret).utf8)])
    ).run()
  }

  /// A third of the packets were here before.
  /// With each way of keeping the tags. What waits for the disk is in a new record each time, so something is allocated.
  @Test(arguments: ["", "durable = true", "file = \"\""]) func replay(_ kept: String) throws {
    let kit = StageConformance(
      .replay, config: "[replay]\ntags_max = 100_000\n" + kept,
      packets: { index, random in
        let tag = index % 3 == 2 ? UInt64(index / 2) : UInt64(index)
        return SamplePacket(SamplePacket.bytes(40, &random), link: index, id: Bytes32(words: [tag, 1, 2, 3]))
      })
    guard kept.contains("durable") else {
      try kit.run()
      return
    }
    try kit.skipping(.noAllocation, because: "the record of a turn is made anew").run()
  }

  @Test func sphinxDelay() throws { try StageConformance(.sphinxDelay).run() }
}
