import MixNet
import Sphinx

/// Packets of the stand-in.
final class StubForge: PacketForge {
  private let directory: NetworkDirectory
  private let keys: [Bytes32]

  init(_ directory: NetworkDirectory) {
    self.directory = directory
    keys = directory.nodes.map { $0.keys.first?.bytes ?? Bytes32() }
  }

  func blockSize(hops: Int) -> Int { StubFormat.surb }

  func packet(
    _ message: [UInt8], along route: [ForgeHop], to recipient: SphinxRecipient, random: inout RandomStream
  ) -> [UInt8]? {
    var packet = [UInt8](repeating: 0, count: SphinxSize.regular.packet)
    var span = packet.mutableSpan
    guard message.count <= SphinxSize.regular.messageMax,
      let secrets = StubHeader.write(into: &span, hops(route), recipient, &random)
    else { return nil }
    StubFormat.write(message.span, into: &span, from: StubFormat.header)
    for secret in secrets { StubFormat.layer(&span, from: StubFormat.header, secret.seed) }
    return packet
  }

  func replyBlock(
    along route: [ForgeHop], to recipient: SphinxRecipient, random: inout RandomStream
  ) -> (bytes: [UInt8], recovery: SURBRecovery)? {
    var block = [UInt8](repeating: 0, count: StubFormat.surb)
    var span = block.mutableSpan
    guard let first = route.first, let secrets = StubHeader.write(into: &span, hops(route), recipient, &random),
      let last = secrets.last
    else { return nil }
    directory.nodes[first.node].address.write(to: &span, at: StubFormat.header)
    last.seed.write(to: &span, at: StubFormat.header + 32)
    var kept = [UInt8](repeating: 0, count: 16 * (1 + secrets.count))
    var keptSpan = kept.mutableSpan
    recipient.identifier.write(to: &keptSpan)
    for (place, secret) in secrets.enumerated() { secret.seed.write(to: &keptSpan, at: 16 * (1 + place)) }
    guard let recovery = try? SURBRecovery(version: .v260, kept.span) else { return nil }
    return (block, recovery)
  }

  func open(_ payload: [UInt8], with recovery: SURBRecovery) -> [UInt8]? {
    var payload = payload
    var span = payload.mutableSpan
    var kept = [UInt8](repeating: 0, count: recovery.size)
    var keptSpan = kept.mutableSpan
    recovery.reveal(into: &keptSpan)
    var last = Bytes16()
    for at in stride(from: 16, to: recovery.size, by: 16) {
      last = Bytes16(kept.span, at: at)
      StubFormat.layer(&span, from: 0, last)
    }
    StubFormat.layer(&span, from: 0, last)
    return StubFormat.message(in: span.span).map { Array(payload[$0]) }
  }

  private func hops(_ route: [ForgeHop]) -> [StubHeader.Hop] {
    route.map { StubHeader.Hop(address: directory.nodes[$0.node].address, key: keys[$0.node], delay: $0.delay) }
  }
}
