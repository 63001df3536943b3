import Synchronization

/// A mailbox in memory, for simulators and tests. Every job is done within the call, and `done` is called before it
/// returns; nothing outlives the process.
///
/// A mailbox that is full looks through all clients for what is too old, which is meant for some thousands of them.
public final class MemoryMailbox: Mailbox {
  private let limits: MailboxLimits
  private let wall: @Sendable () -> WallTime
  private let book = Mutex(MailboxBook())

  /// An empty mailbox that reads the wall clock from `wall`.
  public init(_ limits: MailboxLimits, wall: @escaping @Sendable () -> WallTime) {
    self.limits = limits
    self.wall = wall
  }

  /// Remembers that a client exists.
  public func register(_ client: Bytes32) -> Bool {
    let now = wall()
    book.withLock { $0.register(client, limits, at: now) }
    return true
  }

  /// Keeps a message.
  public func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, done: @escaping @Sendable (MailboxRefusal?) -> Void
  ) -> Bool {
    let now = wall()
    done(book.withLock { $0.store(payload, identifier: identifier, for: client, limits, at: now) })
    return true
  }

  /// Hands out the oldest messages numbered above `after`, at most `limit`.
  public func fetch(
    for client: Bytes32, after: UInt64, limit: Int, done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) -> Bool {
    let oldest = limits.oldestKept(at: wall())
    done(book.withLock { $0.fetch(for: client, after: after, limit: limit, since: oldest) })
    return true
  }

  /// Forgets the messages up to and including `number`.
  public func remove(upTo number: UInt64, for client: Bytes32) -> Bool {
    book.withLock { $0.remove(upTo: number, for: client) }
    return true
  }
}

/// Clients and their messages.
private struct MailboxBook {
  struct Client {
    var address: Bytes32
    var last: UInt64
    var seen: WallTime
    var messages: [(stored: WallTime, message: MailboxMessage)] = []
  }

  /// Each has a place for good, so that nothing depends on how addresses hash.
  private var clients: [Client] = []
  private var places: [Bytes32: Int] = [:]
  private var total = 0
  /// The highest number that a forgotten client had.
  private var floor: UInt64 = 0

  mutating func register(_ client: Bytes32, _ limits: MailboxLimits, at now: WallTime) {
    if let place = places[client] {
      clients[place].seen = now
    } else if clients.count < limits.clientsMax {
      places[client] = clients.count
      clients.append(Client(address: client, last: floor, seen: now))
    } else if let place = longestAway(before: limits.oldestKept(at: now)) {
      floor = max(floor, clients[place].last)
      places[clients[place].address] = nil
      places[client] = place
      clients[place] = Client(address: client, last: floor, seen: now)
    }
  }

  mutating func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, _ limits: MailboxLimits, at now: WallTime
  ) -> MailboxRefusal? {
    guard let place = places[client] else { return .unknownClient }
    let oldest = limits.oldestKept(at: now)
    if clients[place].messages.count >= limits.clientMax { keep(at: place) { $0.stored >= oldest } }
    if total >= limits.messagesMax { expire(before: oldest) }
    guard clients[place].messages.count < limits.clientMax, total < limits.messagesMax else { return .full }
    clients[place].last += 1
    total += 1
    let message = MailboxMessage(number: clients[place].last, identifier: identifier, payload: payload)
    clients[place].messages.append((now, message))
    return nil
  }

  func fetch(for client: Bytes32, after: UInt64, limit: Int, since oldest: WallTime) -> [MailboxMessage] {
    guard let place = places[client] else { return [] }
    let kept = clients[place].messages.lazy.filter { $0.stored >= oldest && $0.message.number > after }
    return kept.prefix(max(0, limit)).map(\.message)
  }

  mutating func remove(upTo number: UInt64, for client: Bytes32) {
    if let place = places[client] { keep(at: place) { $0.message.number > number } }
  }

  private mutating func expire(before oldest: WallTime) {
    for place in clients.indices { keep(at: place) { $0.stored >= oldest } }
  }

  private mutating func keep(at place: Int, _ isWanted: ((stored: WallTime, message: MailboxMessage)) -> Bool) {
    let before = clients[place].messages.count
    clients[place].messages.removeAll { !isWanted($0) }
    total -= before - clients[place].messages.count
  }

  /// The client that nothing waits for and whose registration is the oldest, and older than `time`.
  private mutating func longestAway(before time: WallTime) -> Int? {
    expire(before: time)
    let away = clients.indices.filter { clients[$0].messages.isEmpty && clients[$0].seen < time }
    return away.min { clients[$0].seen < clients[$1].seen }
  }
}
