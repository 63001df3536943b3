public import MixNet

/// The name and the type of a protocol that one plugin offers and another uses. The host resolves it before any stage is
/// built, so an unmet one is a mistake that `hearsay check` finds.
public struct CapabilityKey<C>: Sendable {
  /// The word in messages.
  public let name: String
  /// A key of this name.
  public init(_ name: String) { self.name = name }
}

/// Makes packets of the chain's format: replies to a SURB now, cover later. Used on one worker.
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
}

extension CapabilityKey where C == any PacketMaker {
  /// Makes packets of the chain's format.
  public static var packetMaker: Self { Self("packet_maker") }
}
