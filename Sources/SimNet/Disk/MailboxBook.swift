import MixNet

/// Who is known, and which messages wait for whom.
struct MailboxBook {
  struct Entry: Sendable {
    let number: UInt64
    let path: String
    let stored: WallTime
    /// The disk has said that it is there.
    var isThere = false
    /// Its client has it; the file is still there, since it could not be removed.
    var isOver = false
    /// A job that removes it is under way.
    var isLeaving = false
  }
  struct Client {
    let address: Bytes32
    /// The last number that was given.
    var last: UInt64
    var seen: WallTime
    var isKnown = true
    var entries: [Entry] = []
  }
  /// What a call has found too old: files that are to be removed.
  struct Expired {
    var paths: [String] = []
  }
  enum Registration { case known, new, instead(of: Bytes32), refused }

  private(set) var clients: [Client] = []
  /// The highest number that a client had who made room.
  private var floor: UInt64
  /// Messages that are kept, or about to be.
  private(set) var total = 0

  /// A book whose numbers begin above `floor`.
  init(above floor: UInt64) { self.floor = floor }

  private func place(_ client: Bytes32) -> Int? { clients.firstIndex { $0.address == client } }

  // MARK: Clients

  mutating func register(
    _ client: Bytes32, _ limits: MailboxLimits, at now: WallTime, _ expired: inout Expired
  ) -> Registration {
    if let place = place(client) {
      defer { clients[place].isKnown = true }
      clients[place].seen = now
      return clients[place].isKnown ? .known : .new
    }
    if clients.count < limits.clientsMax {
      clients.append(Client(address: client, last: floor, seen: now))
      return .new
    }
    guard let place = longestAway(before: limits.oldestKept(at: now), &expired) else { return .refused }
    let other = clients[place].address
    floor = max(floor, clients[place].last)
    clients[place] = Client(address: client, last: floor, seen: now)
    return .instead(of: other)
  }

  /// The client that nothing waits for and whose registration is the oldest, and older than `time`.
  private mutating func longestAway(before time: WallTime, _ expired: inout Expired) -> Int? {
    expire(before: time, &expired)
    let away = clients.indices.filter { clients[$0].entries.isEmpty && clients[$0].seen < time }
    return away.min { clients[$0].seen < clients[$1].seen }
  }

  /// Its registration could not be written.
  mutating func forget(_ client: Bytes32) { if let place = place(client) { clients[place].isKnown = false } }

  /// A client, and perhaps one of its messages, of which a file tells that an earlier process has written.
  mutating func restore(_ record: MailboxRecord, at path: String, _ limits: MailboxLimits) {
    var place = place(record.client)
    if place == nil, clients.count < limits.clientsMax {
      clients.append(Client(address: record.client, last: floor, seen: record.stored))
      place = clients.count - 1
    }
    guard let place, record.number > 0 else { return }
    clients[place].last = max(clients[place].last, record.number)
    let at = clients[place].entries.firstIndex { $0.number > record.number } ?? clients[place].entries.count
    let entry = Entry(number: record.number, path: path, stored: record.stored, isThere: true)
    clients[place].entries.insert(entry, at: at)
    total += 1
  }

  // MARK: Messages

  /// A number for a message, and room for it.
  mutating func reserve(
    _ client: Bytes32, _ limits: MailboxLimits, at now: WallTime, _ expired: inout Expired, path: (UInt64) -> String
  ) -> Result<Entry, Refused> {
    guard let place = place(client), clients[place].isKnown else { return .failure(Refused(why: .unknownClient)) }
    let oldest = limits.oldestKept(at: now)
    if clients[place].entries.count >= limits.clientMax { expire(at: place, before: oldest, &expired) }
    if total >= limits.messagesMax { expire(before: oldest, &expired) }
    guard clients[place].entries.count < limits.clientMax, total < limits.messagesMax else {
      return .failure(Refused(why: .full))
    }
    clients[place].last += 1
    total += 1
    let number = clients[place].last
    let entry = Entry(number: number, path: path(number), stored: now)
    clients[place].entries.append(entry)
    return .success(entry)
  }

  struct Refused: Error { let why: MailboxRefusal }

  mutating func change(_ number: UInt64, of client: Bytes32, _ body: (inout Entry) -> Void) {
    guard let place = place(client), let at = clients[place].entries.firstIndex(where: { $0.number == number }) else {
      return
    }
    body(&clients[place].entries[at])
  }

  mutating func remove(_ number: UInt64, for client: Bytes32) {
    guard let place = place(client), let at = clients[place].entries.firstIndex(where: { $0.number == number }) else {
      return
    }
    clients[place].entries.remove(at: at)
    total -= 1
  }

  /// The client has the messages up to `number`, of those that were given to the mailbox before: what is to be removed.
  mutating func finish(upTo number: UInt64, for client: Bytes32) -> [Entry] {
    guard let place = place(client) else { return [] }
    var leaving: [Entry] = []
    for at in clients[place].entries.indices where clients[place].entries[at].number <= number {
      clients[place].entries[at].isOver = true
      if !clients[place].entries[at].isLeaving { leaving.append(clients[place].entries[at]) }
    }
    return leaving
  }

  /// What a fetch of now hands out, when the disk has done what it was asked to do before.
  func entries(_ client: Bytes32, after number: UInt64, since oldest: WallTime, limit: Int) -> [Entry] {
    guard let place = place(client) else { return [] }
    let kept = clients[place].entries.lazy.filter { $0.number > number && !$0.isLeaving && $0.stored >= oldest }
    return Array(kept.prefix(max(0, limit)))
  }

  // MARK: Ages

  private mutating func expire(before oldest: WallTime, _ expired: inout Expired) {
    for place in clients.indices { expire(at: place, before: oldest, &expired) }
  }

  private mutating func expire(at place: Int, before oldest: WallTime, _ expired: inout Expired) {
    func isOld(_ entry: Entry) -> Bool { entry.isThere && entry.stored < oldest }
    let old = clients[place].entries.filter(isOld)
    expired.paths += old.map(\.path)
    total -= old.count
    clients[place].entries.removeAll(where: isOld)
  }
}
