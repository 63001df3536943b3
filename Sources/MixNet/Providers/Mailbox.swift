/// Keeps messages for clients that are away.
///
/// Any thread may call. Calls return at once: the work may be done on a thread of the mailbox's own, and `done` is called
/// where it is done, so it must be short and must not wait (post to the worker from there). Jobs are done in the order in
/// which they came; one for which a call said true is done and answered once, one for which it said false never.
///
/// Messages of a client are numbered from 1 on. A number is never given twice to one client, whatever was removed, not
/// even after a restart of a mailbox that outlives one.
public protocol Mailbox: AnyObject, Sendable {
  /// Remembers that a client exists; only for such clients is anything kept.
  ///
  /// Where ``MailboxLimits/clientsMax`` are known already, the one that was registered the longest time ago makes room,
  /// if that was longer ago than messages are kept and nothing waits for it; if there is none such, the new one stays
  /// unknown. A client that comes back after it made room begins with a number above all that it had.
  ///
  /// - Returns: false when too many jobs wait.
  func register(_ client: Bytes32) -> Bool
  /// Keeps a message. `done` tells whether it was kept (nil), or why not.
  ///
  /// - Returns: false when too many jobs wait.
  func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, done: @escaping @Sendable (MailboxRefusal?) -> Void
  ) -> Bool
  /// Hands out the oldest messages numbered above `after`, at most `limit`, in the order of their numbers; nil where
  /// they cannot be read now. A client that nobody registered has none.
  ///
  /// - Returns: false when too many jobs wait.
  func fetch(
    for client: Bytes32, after: UInt64, limit: Int, done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) -> Bool
  /// Forgets the messages up to and including `number`. Where that fails, they will be handed out again.
  ///
  /// - Returns: false when too many jobs wait.
  func remove(upTo number: UInt64, for client: Bytes32) -> Bool
}

/// One kept message.
public struct MailboxMessage: Equatable, Sendable {
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
  /// No client with this address is registered.
  case unknownClient
  /// The client's or the whole mailbox's limit is reached, or the disk is full.
  case full
  /// The mailbox cannot be written: its file is damaged or read-only, or the disk fails.
  case failed
}

/// How much a mailbox keeps, and for how long.
public struct MailboxLimits: Sendable {
  /// Messages in all.
  public var messagesMax: Int
  /// Messages for one client.
  public var clientMax: Int
  /// Clients that are known.
  public var clientsMax: Int
  /// A message that was stored longer ago than this, by the wall clock, is removed.
  public var keep: Nanos

  /// Limits of these; without a value, those of a node that says nothing about its mailbox.
  public init(
    messagesMax: Int = 1_000_000, clientMax: Int = 10_000, clientsMax: Int = 1_000_000, keep: Nanos = .s(604_800)
  ) {
    self.messagesMax = messagesMax
    self.clientMax = clientMax
    self.clientsMax = clientsMax
    self.keep = keep
  }

  /// The time of the oldest message that is still kept at `wall`.
  public func oldestKept(at wall: WallTime) -> WallTime {
    WallTime(ns: Int64(clamping: Int128(wall.ns) - Int128(keep.ns)))
  }
}
