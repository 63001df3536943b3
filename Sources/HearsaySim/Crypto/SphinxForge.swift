import MixNet
import Sphinx

/// Real Sphinx packets.
final class SphinxForge: PacketForge {
  private let directory: NetworkDirectory
  private let keys: [SphinxPublicKey?]
  private let version = SphinxVersion.v260
  private var sender = SphinxSender()

  init(_ directory: NetworkDirectory) {
    self.directory = directory
    keys = directory.nodes.map { $0.keys.first.flatMap { try? SphinxPublicKey($0.bytes) } }
  }

  func blockSize(hops: Int) -> Int { SphinxSURB.size(version, hops: hops) }

  func packet(
    _ message: [UInt8], along route: [ForgeHop], to recipient: SphinxRecipient, random: inout RandomStream
  ) -> [UInt8]? {
    guard let hops = hops(route) else { return nil }
    var packet = [UInt8](repeating: 0, count: SphinxSize.regular.packet)
    var span = packet.mutableSpan
    do throws(SphinxError) {
      try sender.create(
        &span, message: message.span, along: hops.span, to: recipient, version: version, random: &random)
    } catch { return nil }
    return packet
  }

  func replyBlock(
    along route: [ForgeHop], to recipient: SphinxRecipient, random: inout RandomStream
  ) -> (bytes: [UInt8], recovery: SURBRecovery)? {
    guard let hops = hops(route) else { return nil }
    let surb = try? sender.createSURB(along: hops.span, to: recipient, version: version, random: &random)
    return surb.map { ($0.bytes, $0.recovery) }
  }

  func open(_ payload: [UInt8], with recovery: SURBRecovery) -> [UInt8]? {
    var payload = payload
    var span = payload.mutableSpan
    guard let range = try? sender.open(&span, with: recovery) else { return nil }
    return Array(payload[range])
  }

  private func hops(_ route: [ForgeHop]) -> [SphinxHop]? {
    var hops: [SphinxHop] = []
    for hop in route {
      guard let key = keys[hop.node] else { return nil }
      hops.append(SphinxHop(key: key, address: directory.nodes[hop.node].address, delay: hop.delay))
    }
    return hops
  }
}
