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
