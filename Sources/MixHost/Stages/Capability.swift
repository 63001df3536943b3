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

/// Keeps messages for clients that are away. It works on a thread of its own: calls return at once, and what is asked for
/// comes to `done` on that thread.
public protocol Mailbox: AnyObject, Sendable {
  /// Remembers that a client exists; only for such clients is anything kept.
  func register(_ client: Bytes32) -> Bool
  /// Keeps a message. `done` tells whether it was kept, or why not. False when too many jobs wait.
  func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, done: @escaping @Sendable (MailboxRefusal?) -> Void
  ) -> Bool
  /// Hands out the oldest messages numbered above `after`, at most `limit`.
  func fetch(
    for client: Bytes32, after: UInt64, limit: Int, done: @escaping @Sendable ([MailboxMessage]) -> Void
  ) -> Bool
  /// Forgets the messages up to and including `number`.
  func remove(upTo number: UInt64, for client: Bytes32) -> Bool
}

/// One kept message.
public struct MailboxMessage: Sendable {
  /// Counts from 1 for each client.
  public let number: UInt64
  /// The SURB's identifier.
  public let identifier: Bytes16
  /// The payload as it came.
  public let payload: [UInt8]
  /// A message of these.
  public init(number: UInt64, identifier: Bytes16, payload: [UInt8]) {
    self.number = number
    self.identifier = identifier
    self.payload = payload
  }
}

/// Why a mailbox did not keep a message.
public enum MailboxRefusal: Sendable {
  /// No client with this address has ever attached.
  case unknownClient
  /// The client's or the whole mailbox's limit is reached, or the disk is full.
  case full
}
