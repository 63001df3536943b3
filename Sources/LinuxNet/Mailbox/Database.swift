import CSQLite

/// A connection to one SQLite file, used by one thread at a time. Its statements keep it open until they are gone.
final class Database {
  let handle: OpaquePointer

  /// Opens a file that is there.
  init(_ path: String) throws(SQLiteFailure) {
    // A name such as ":memory:" or "file:a?mode=memory" means something else to SQLite; none with a folder does.
    let plain = path.hasPrefix("/") ? path : "./" + path
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE
    let refused = sqlite3_open_v2(plain, &opened, flags, nil)
    guard refused == SQLITE_OK, let opened else {
      // Even a connection that failed must be closed.
      defer { sqlite3_close_v2(opened) }
      throw SQLiteFailure(refused, system: sqlite3_system_errno(opened), on: opened)
    }
    handle = opened
    try check(sqlite_be_careful(opened))
  }

  deinit { sqlite3_close_v2(handle) }

  /// Does statements that take no values and whose rows nobody wants. Only constants can be given.
  func execute(_ sql: StaticString) throws(SQLiteFailure) {
    var system: Int32 = 0
    let code = sql.withUTF8Buffer { text in
      sqlite_execute(handle, UnsafeRawPointer(text.baseAddress)?.assumingMemoryBound(to: CChar.self), &system)
    }
    guard code == SQLITE_OK else { throw SQLiteFailure(code, system: system, on: handle) }
  }

  /// The number that the first row of a statement begins with; nil when it has no row.
  func number(_ sql: StaticString) throws(SQLiteFailure) -> Int64? {
    var found: Int64?
    try Statement(sql, on: self).run([]) { found = found ?? $0.integer(0) }
    return found
  }

  /// Whether a transaction has begun.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Whether SQLite could open the file for reading only.
  var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

  /// How long to wait for a lock that another process has.
  func setBusyWait(ms: Int32) { sqlite3_busy_timeout(handle, ms) }

  /// How many rows the last insert, update or delete has changed itself.
  var changes: Int { Int(sqlite3_changes(handle)) }

  func check(_ code: Int32) throws(SQLiteFailure) {
    guard code == SQLITE_OK else { throw SQLiteFailure(code, on: handle) }
  }
}
