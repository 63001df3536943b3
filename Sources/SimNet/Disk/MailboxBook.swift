import MixNet

/// Who is known, and which messages wait for whom.
struct MailboxBook {
  struct Entry: Sendable {
    let number: UInt64
    let path: String
    /// Its client has it; the file is still there, since it could not be removed.
    var isOver = false
  }
  private struct Client {
    let address: Bytes32
    var isKnown = true
    var entries: [Entry] = []
  }

  private var clients: [Client] = []
  private var next: UInt64
  /// Messages that are kept, or about to be.
  var total = 0

  init(first: UInt64) { next = first }

  private func place(_ client: Bytes32) -> Int? { clients.firstIndex { $0.address == client } }

  /// True when the client was not known and is now.
  @discardableResult
  mutating func register(_ client: Bytes32, _ limits: MailboxLimits) -> Bool {
    guard let place = place(client) else {
      guard clients.count < limits.clientsMax else { return false }
      clients.append(Client(address: client))
      return true
    }
    let wasKnown = clients[place].isKnown
    clients[place].isKnown = true
    return !wasKnown
  }

  mutating func forget(_ client: Bytes32) { if let place = place(client) { clients[place].isKnown = false } }

  /// A number for a message, and room for it.
  mutating func reserve(_ client: Bytes32, _ limits: MailboxLimits) -> Result<UInt64, Refused> {
    guard let place = place(client), clients[place].isKnown else { return .failure(.init(why: .unknownClient)) }
    guard clients[place].entries.count < limits.clientMax, total < limits.messagesMax else {
      return .failure(.init(why: .full))
    }
    next += 1
    total += 1
    return .success(next - 1)
  }

  struct Refused: Error { let why: MailboxRefusal }

  mutating func insert(_ number: UInt64, at path: String, for client: Bytes32) {
    guard let place = place(client) else { return }
    let at = clients[place].entries.firstIndex { $0.number > number } ?? clients[place].entries.count
    clients[place].entries.insert(Entry(number: number, path: path), at: at)
    total += 1
  }

  mutating func remove(_ number: UInt64, for client: Bytes32) {
    guard let place = place(client), let at = clients[place].entries.firstIndex(where: { $0.number == number }) else {
      return
    }
    clients[place].entries.remove(at: at)
    total -= 1
  }

  /// The client has the messages up to `number`.
  mutating func finish(upTo number: UInt64, for client: Bytes32) {
    guard let place = place(client) else { return }
    for at in clients[place].entries.indices where clients[place].entries[at].number <= number {
      clients[place].entries[at].isOver = true
    }
  }

  func entries(_ client: Bytes32, after number: UInt64, limit: Int) -> [Entry] {
    guard let place = place(client) else { return [] }
    return Array(clients[place].entries.lazy.filter { $0.number > number }.prefix(max(0, limit)))
  }
}
