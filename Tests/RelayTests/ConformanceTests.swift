import MixHost
import MixHostTesting
import MixNet
import Relay
import Testing

/// The relay's own stages keep to the contract that the authors of other stages are held to.
@Suite struct ConformanceTests {
  @Test func plain() throws { try StageConformance(.plain).run() }

  /// An entry sends every client's request on by the link that it has opened to the next node.
  @Test(arguments: ["entry", "middle"])
  func circuit(_ type: String) throws {
    try StageConformance(.circuit, config: "[circuit]\ntype = \"\(type)\"\nnext = \"127.0.0.1:9001\"").run()
  }

  @Test(arguments: ["echo", "sink"])
  func circuitAtTheExit(_ service: String) throws {
    let config = "[circuit]\ntype = \"exit\"\nservice = \"\(service)\""
    let conformance = StageConformance(.circuit, config: config)
    try (service == "echo" ? conformance : conformance.skipping(.noAllocation, because: Self.reason)).run()
  }

  @Test func nextHopToOtherNodes() throws { try StageConformance(.nextHop).run() }

  /// Payloads for an echo service: a third whole with a reply block, a third in two parts, a third for nobody here.
  @Test func nextHopWithAService() throws {
    try StageConformance(
      .nextHop, config: "[next_hop]\nservices = [\"echo\", \"keep=sink\"]",
      packets: { index, random in
        let bytes = SamplePacket.bytes(40, &random)
        let isKept = index % 3 == 1
        let block = FakePacketMaker.replyBlock(to: StageConformance.node.directory.nodes[1].address)
        let fragment = Fragment(
          message: Bytes16([UInt8(index / 6)]), index: isKept ? UInt32(index / 3 % 2) : 0, count: isKept ? 2 : 1,
          size: isKept ? 80 : 40, blocks: isKept ? 0 : 1, blockSize: isKept ? 0 : UInt16(block.count))
        var message = [UInt8](repeating: 0, count: Fragment.headerSize)
        var span = message.mutableSpan
        fragment.write(to: &span)
        let payload = FakePacketMaker.payload(message + (isKept ? [] : block) + bytes)
        let name = index % 3 == 2 ? "nobody" : isKept ? "keep" : "echo"
        return SamplePacket(
          payload, link: index, route: .destination(Fingerprint.service(name), identifier: Bytes16()))
      }
    )
    .skipping(.noAllocation, because: Self.reason)
    .run()
  }

  private static let reason = "a service is given each message as an array of its own"
}
