import MixNet
import Testing

@testable import Sphinx

/// Reply blocks, replies and what opens them, against another implementation.
@Suite struct SURBVectorTests {
  @Test(arguments: try SphinxVectors.surbs())
  func create(_ vector: Vector) throws {
    let nodes = try TestNodes(vector)
    var sender = SphinxSender()
    let surb = try sender.createSURB(
      along: nodes.hops.span, to: nodes.recipient, version: nodes.version,
      initialSecret: vector.initialSecret.bytes.span, finalPadding: vector.finalPadding.bytes.span)
    #expect(surb.bytes == vector.surbBytes?.bytes)
    #expect(surb.bytes.count == SphinxSURB.size(nodes.version, hops: 3))
    #expect(surb.bytes.count == [.v258: 956, .v259: 428, .v260: 396][nodes.version])
    #expect(surb.recovery.identifier == nodes.recipient.identifier)
    var recovery = [UInt8](repeating: 0, count: surb.recovery.size)
    var span = recovery.mutableSpan
    surb.recovery.reveal(into: &span)
    #expect(recovery == vector.recoveryBytes?.bytes ?? vector.identifier.bytes)
  }

  @Test(arguments: try SphinxVectors.surbs())
  func reply(_ vector: Vector) throws {
    var sender = SphinxSender()
    var packet = [UInt8](repeating: 0xee, count: SphinxSize.header + vector.payloadSize)
    var span = packet.mutableSpan
    let surb = try #require(vector.surbBytes).bytes
    let first = try sender.reply(&span, message: vector.message.bytes.span, with: surb.span)
    #expect(packet == vector.hops[0].packetIn.bytes)
    #expect(first.array == vector.firstHopAddress?.bytes)
  }

  @Test(arguments: try SphinxVectors.surbs())
  func open(_ vector: Vector) throws {
    let version = try #require(SphinxVersion(rawValue: vector.version))
    let kept = vector.recoveryBytes?.bytes ?? vector.identifier.bytes
    let recovery = try SURBRecovery(version: version, kept.span)
    var payload = try #require(vector.hops.last?.payloadOut).bytes
    // Nobody but the creator reads a reply of version 260, not even the last node.
    #expect((message(in: payload) == nil) == (version == .v260))
    var sender = SphinxSender()
    var span = payload.mutableSpan
    let place = try sender.open(&span, with: recovery)
    #expect(Array(payload[place]) == vector.message.bytes)
    if let recovered = vector.recoveredPayload { #expect(payload == recovered.bytes) }
  }
}
