import MixNet
import Sphinx

/// A client's half of a packet format: packets, reply blocks, and what comes back by them.
protocol PacketForge: AnyObject {
  /// Bytes of a reply block over so many hops.
  func blockSize(hops: Int) -> Int

  /// A packet that carries `message` along a route; nil when none can be made.
  func packet(
    _ message: [UInt8], along route: [ForgeHop], to recipient: SphinxRecipient, random: inout RandomStream
  ) -> [UInt8]?

  /// A reply block, and what opens the reply; nil when none can be made.
  func replyBlock(
    along route: [ForgeHop], to recipient: SphinxRecipient, random: inout RandomStream
  ) -> (bytes: [UInt8], recovery: SURBRecovery)?

  /// The message of a reply; nil when the payload is not one to this block.
  func open(_ payload: [UInt8], with recovery: SURBRecovery) -> [UInt8]?
}

/// One hop of a route: a node by its number, and how long it shall hold the packet.
struct ForgeHop {
  let node: Int
  let delay: Nanos
}
