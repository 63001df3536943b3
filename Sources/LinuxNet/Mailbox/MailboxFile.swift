import MixNet

/// The clients and messages of a mailbox in one file, used by one thread at a time.
final class MailboxFile {
  let database: Database
  private let limits: MailboxLimits
  private let statements: MailboxStatements
  /// Messages and clients that the file has.
  private(set) var messages = 0
  private(set) var clients = 0

  /// How many messages are removed at once because they are too old, so that jobs need not wait long.
  static let expiredMax = 1_000
  /// How long another process is given to close the file, for one that is just ending.
  private static let busyWaitMS: Int32 = 500

  /// Opens the file, or makes it.
  init(_ path: String, _ limits: MailboxLimits) throws(MailboxError) {
    try MailboxSchema.makePrivateFile(path)
    do throws(SQLiteFailure) {
      database = try Database(path)
      if database.isReadOnly { throw SQLiteFailure(code: SQLiteFailure.readOnly, words: "it cannot be written") }
      database.setBusyWait(ms: Self.busyWaitMS)
      try Self.prepare(database)
      statements = try MailboxStatements(on: database)
      self.limits = limits
      messages = Int(try database.number("SELECT count(*) FROM messages") ?? 0)
      clients = Int(try database.number("SELECT count(*) FROM clients") ?? 0)
    } catch {
      throw MailboxError(path: path, error)
    }
  }

  /// Takes the lock, and makes the tables where there are none. A file of another kind is left as it is.
  private static func prepare(_ database: Database) throws(SQLiteFailure) {
    try database.execute("PRAGMA locking_mode = EXCLUSIVE")
    let kind = try database.number("PRAGMA application_id") ?? 0
    let version = try database.number("PRAGMA user_version") ?? 0
    let tables = try database.number("SELECT count(*) FROM sqlite_schema") ?? 0
    let isNew = kind == 0 && version == 0 && tables == 0
    guard isNew || kind == MailboxSchema.applicationID else {
      throw SQLiteFailure(code: SQLiteFailure.foreign, words: "")
    }
    guard isNew || version <= MailboxSchema.version else {
      throw SQLiteFailure(code: SQLiteFailure.newer, words: "a newer version made it")
    }
    try database.execute(MailboxSchema.use)
    try database.execute("BEGIN IMMEDIATE")
    if isNew { try database.execute(MailboxSchema.make) }
    try database.execute("COMMIT")
  }

  /// Does what `body` does wholly or not at all.
  func transaction(_ body: () throws(SQLiteFailure) -> Void) throws(SQLiteFailure) {
    // A rollback that failed is tried again.
    if database.isInTransaction { try statements.rollback.run([]) }
    let before = (messages, clients)
    do throws(SQLiteFailure) {
      try statements.begin.run([])
      try body()
      try statements.commit.run([])
    } catch {
      (messages, clients) = before
      if database.isInTransaction { try? statements.rollback.run([]) }
      throw error
    }
  }

  /// Remembers a client, as ``/MixNet/Mailbox/register(_:)`` says.
  func register(_ client: Bytes32, at now: WallTime) throws(SQLiteFailure) {
    let values: [SQLiteValue] = [.bytes(client.array), .integer(now.ns)]
    try statements.touchClient.run(values)
    if database.changes > 0 { return }
    if clients >= limits.clientsMax {
      try expire(at: now)
      try forgetClient(at: now)
    }
    guard clients < limits.clientsMax else { return }
    try statements.addClient.run(values)
    clients += 1
  }

  private func forgetClient(at now: WallTime) throws(SQLiteFailure) {
    var last: Int64?
    try statements.forgetClient.run([.integer(limits.oldestKept(at: now).ns)]) { last = $0.integer(0) }
    guard let last else { return }
    try statements.raiseFloor.run([.integer(last)])
    clients -= 1
  }

  /// Keeps a message, or says why not.
  func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, at now: WallTime
  ) throws(SQLiteFailure) -> MailboxRefusal? {
    var found: (id: Int64, last: Int64, kept: Int64)?
    try statements.findClient.run([.bytes(client.array)]) { found = ($0.integer(0), $0.integer(1), $0.integer(2)) }
    guard let found else { return .unknownClient }
    let oldest = SQLiteValue.integer(limits.oldestKept(at: now).ns)
    if found.kept >= limits.clientMax {
      try statements.expireOldest.run([.integer(found.id), oldest])
      if database.changes == 0 { return .full }
      messages -= 1
    }
    if messages >= limits.messagesMax { try expire(at: now, limit: 1) }
    // The last number of all can come from a damaged file only.
    guard messages < limits.messagesMax, found.last < .max else { return .full }
    let number = SQLiteValue.integer(found.last + 1)
    try statements.countMessage.run([.integer(found.id), number])
    try statements.addMessage.run([
      .integer(found.id), number, .integer(now.ns), .bytes(identifier.array), .bytes(payload),
    ])
    messages += 1
    return nil
  }

  /// The oldest messages above a number. It takes no transaction.
  func fetch(
    for client: Bytes32, after: UInt64, limit: Int, at now: WallTime
  ) throws(SQLiteFailure) -> [MailboxMessage] {
    var found: [MailboxMessage] = []
    try statements.findMessages.run([
      .bytes(client.array), .integer(Int64(clamping: after)), .integer(limits.oldestKept(at: now).ns),
      // To SQLite a negative limit is none.
      .integer(Int64(max(0, limit))),
    ]) { row in
      found.append(
        MailboxMessage(
          number: UInt64(clamping: row.integer(0)), identifier: Bytes16(row.bytes(1)), payload: row.bytes(2)))
    }
    return found
  }

  /// Forgets messages up to a number.
  func remove(upTo number: UInt64, for client: Bytes32) throws(SQLiteFailure) {
    try statements.removeMessages.run([.bytes(client.array), .integer(Int64(clamping: number))])
    messages -= database.changes
  }

  /// Removes the oldest of the messages that are too old.
  ///
  /// - Returns: how many.
  @discardableResult
  func expire(at now: WallTime, limit: Int = expiredMax) throws(SQLiteFailure) -> Int {
    try statements.expire.run([.integer(limits.oldestKept(at: now).ns), .integer(Int64(limit))])
    messages -= database.changes
    return database.changes
  }
}
