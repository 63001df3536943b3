/// The statements of a mailbox, prepared once.
struct MailboxStatements {
  let begin: Statement
  let commit: Statement
  let rollback: Statement
  /// ?1 address: id, last number, messages kept.
  let findClient: Statement
  /// ?1 address, ?2 now.
  let touchClient: Statement
  /// ?1 address, ?2 now.
  let addClient: Statement
  /// ?1 time: forgets one client that nothing waits for and that was seen before; gives its last number.
  let forgetClient: Statement
  /// ?1 number.
  let raiseFloor: Statement
  /// ?1 client, ?2 number.
  let countMessage: Statement
  /// ?1 client, ?2 number, ?3 now, ?4 identifier, ?5 payload.
  let addMessage: Statement
  /// ?1 address, ?2 number, ?3 time, ?4 limit: number, identifier, payload.
  let findMessages: Statement
  /// ?1 address, ?2 number.
  let removeMessages: Statement
  /// ?1 client, ?2 time: removes the client's oldest message, if it is older.
  let expireOldest: Statement
  /// ?1 time, ?2 limit: removes older messages.
  let expire: Statement

  init(on database: Database) throws(SQLiteFailure) {
    begin = try Statement("BEGIN IMMEDIATE", on: database)
    commit = try Statement("COMMIT", on: database)
    rollback = try Statement("ROLLBACK", on: database)
    findClient = try Statement("SELECT id, last, kept FROM clients WHERE address = ?1", on: database)
    touchClient = try Statement("UPDATE clients SET seen = ?2 WHERE address = ?1", on: database)
    addClient = try Statement(
      "INSERT INTO clients (address, last, kept, seen) SELECT ?1, floor, 0, ?2 FROM numbers", on: database)
    forgetClient = try Statement(
      """
      DELETE FROM clients WHERE id =
        (SELECT id FROM clients WHERE kept = 0 AND seen < ?1 ORDER BY seen LIMIT 1) RETURNING last
      """, on: database)
    raiseFloor = try Statement("UPDATE numbers SET floor = max(floor, ?1)", on: database)
    countMessage = try Statement("UPDATE clients SET last = ?2, kept = kept + 1 WHERE id = ?1", on: database)
    addMessage = try Statement(
      "INSERT INTO messages (client, number, stored, identifier, payload) VALUES (?1, ?2, ?3, ?4, ?5)", on: database)
    findMessages = try Statement(
      """
      SELECT number, identifier, payload FROM messages
        WHERE client = (SELECT id FROM clients WHERE address = ?1) AND number > ?2 AND stored >= ?3
        ORDER BY number LIMIT ?4
      """, on: database)
    removeMessages = try Statement(
      "DELETE FROM messages WHERE client = (SELECT id FROM clients WHERE address = ?1) AND number <= ?2", on: database)
    expireOldest = try Statement(
      """
      DELETE FROM messages WHERE stored < ?2 AND id =
        (SELECT id FROM messages WHERE client = ?1 ORDER BY number LIMIT 1)
      """, on: database)
    expire = try Statement(
      "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE stored < ?1 ORDER BY stored LIMIT ?2)",
      on: database)
  }
}
