public import MixNet

/// The name and the type of a protocol that one plugin offers and another uses. The host resolves it before any stage is
/// built, so an unmet one is a mistake that `hearsay check` finds.
public struct CapabilityKey<C>: Sendable {
  /// The word in messages.
  public let name: String
  /// A key of this name.
  public init(_ name: String) { self.name = name }
}

/// Makes packets of the chain's format: replies to a SURB, and packets of a node's own. Used on one worker.
public protocol PacketMaker: AnyObject {
  /// The size of every packet, in bytes.
  var packetSize: Int { get }
  /// The largest message that a reply carries, in bytes.
  var messageMax: Int { get }
  /// Where the message lies in a final payload; nil when the payload is not whole.
  func message(in payload: Span<UInt8>) -> Range<Int>?
  /// The address of the first hop that a reply block names; nil when the bytes are no reply block.
  func firstHop(of surb: Span<UInt8>) -> Bytes32?
  /// Writes the reply that carries `message` (at most ``messageMax`` bytes) into `packet` (``packetSize`` bytes); false
  /// when the reply block or a size is wrong, which ``firstHop(of:)`` and those sizes tell before.
  func reply(_ surb: Span<UInt8>, message: Span<UInt8>, into packet: inout MutableSpan<UInt8>) -> Bool
  /// Writes a packet that takes these hops, the last of which opens it and finds `message` (at most ``messageMax`` bytes) for
  /// `destination`, into `packet` (``packetSize`` bytes); false when there are too many hops, one of them has no key at this time,
  /// or a size is wrong: what is in `packet` then must not be sent.
  func packet(
    along hops: [PacketHop], to destination: Bytes32, message: Span<UInt8>, at time: WallTime,
    into packet: inout MutableSpan<UInt8>, random: inout RandomStream
  ) -> Bool
}

/// One hop of a packet that a node makes itself.
public struct PacketHop: Sendable {
  /// The node.
  public let node: NetworkDirectory.Node
  /// How long it shall hold the packet; formats tell the last hop nothing of this.
  public let delay: Nanos

  /// A hop by this node.
  public init(node: NetworkDirectory.Node, delay: Nanos) { (self.node, self.delay) = (node, delay) }
}

extension CapabilityKey where C == any PacketMaker {
  /// Makes packets of the chain's format.
  public static var packetMaker: Self { Self("packet_maker") }
}

/// Under which key a chain's packets are made for this node. What a stage keeps of packets over a restart, it keeps under this
/// name: it is worth nothing under another key.
///
/// There is one at a time. When keys overlap, a packet's key will be a column, and this will name several.
public protocol PacketKeys: Sendable {
  /// What names the key: a hash of its public half.
  var name: Bytes32 { get }
}

extension CapabilityKey where C == any PacketKeys {
  /// Names the key of the chain's packets.
  public static var packetKeys: Self { Self("packet_keys") }
}
