public import MixNet
import Synchronization

/// Where the mailbox contract is checked.
public protocol MailboxWorld: AnyObject {
  /// The wall clock of its mailboxes.
  var wall: WallTime { get set }
  /// A mailbox with these limits that keeps nothing yet.
  func makeMailbox(_ limits: MailboxLimits) throws -> any Mailbox
  /// Lets the mailbox go on until `isDone`, or for five seconds.
  func settle(until isDone: () -> Bool)
}

extension MailboxWorld {
  /// A mailbox, with calls that wait for their answer.
  func makeDesk(_ limits: MailboxLimits = MailboxLimits()) throws -> MailboxDesk {
    MailboxDesk(mailbox: try makeMailbox(limits), world: self)
  }
}

/// A mailbox, with calls that wait for their answer.
struct MailboxDesk {
  let mailbox: any Mailbox
  let world: any MailboxWorld

  /// Registers a client. A fetch behind it tells when it is done.
  func register(_ client: Bytes32) throws {
    try demand(mailbox.register(client), "a registration is taken")
    _ = try fetch(client, limit: 0)
  }

  /// Keeps one message, or says why not.
  func store(_ payload: [UInt8], for client: Bytes32, identifier: Bytes16 = Bytes16()) throws -> MailboxRefusal? {
    let answers = Answers<MailboxRefusal?>()
    let isTaken = mailbox.store(payload, identifier: identifier, for: client) { answers.add($0) }
    try demand(isTaken, "a message is taken")
    return try answers.wait(1, world.settle)[0]
  }

  /// Keeps messages of one byte each, and demands that none is refused.
  func keep(_ bytes: ClosedRange<UInt8>, for client: Bytes32) throws {
    for byte in bytes { try demand(try store([byte], for: client), is: nil, "the refusal of message \(byte)") }
  }

  func fetch(_ client: Bytes32, after: UInt64 = 0, limit: Int = 1_000) throws -> [MailboxMessage] {
    let answers = Answers<[MailboxMessage]?>()
    let isTaken = mailbox.fetch(for: client, after: after, limit: limit) { answers.add($0) }
    try demand(isTaken, "a fetch is taken")
    let found = try answers.wait(1, world.settle)[0]
    try demand(found != nil, "messages can be read")
    return found ?? []
  }

  func numbers(_ client: Bytes32, after: UInt64 = 0, limit: Int = 1_000) throws -> [UInt64] {
    try fetch(client, after: after, limit: limit).map(\.number)
  }

  func remove(upTo number: UInt64, for client: Bytes32) throws {
    try demand(mailbox.remove(upTo: number, for: client), "a removal is taken")
    _ = try fetch(client, limit: 0)
  }
}

/// A wall clock that a test turns.
public final class TurnedWall: Sendable {
  private let time = Mutex(WallTime(ns: 1_700_000_000_000_000_000))

  /// A clock that stands still.
  public init() {}

  /// What it shows.
  public var value: WallTime {
    get { time.withLock { $0 } }
    set { time.withLock { $0 = newValue } }
  }
}

/// A client of the tests.
func client(_ number: UInt8) -> Bytes32 { Bytes32([number, 2, 3]) }
