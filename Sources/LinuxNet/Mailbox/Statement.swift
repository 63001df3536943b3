import CSQLite

/// A value for a statement.
enum SQLiteValue {
  case integer(Int64)
  case bytes([UInt8])
}

/// A statement that is prepared once and run with values again and again.
final class Statement {
  private let handle: OpaquePointer
  private let database: Database

  /// Prepares a statement; only constants can be given, so that no value ever becomes a part of one.
  init(_ sql: StaticString, on database: Database) throws(SQLiteFailure) {
    var prepared: OpaquePointer?
    let code = sql.withUTF8Buffer { text in
      let text = UnsafeRawPointer(text.baseAddress)?.assumingMemoryBound(to: CChar.self)
      return sqlite3_prepare_v3(
        database.handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    }
    guard code == SQLITE_OK, let prepared else { throw SQLiteFailure(code, on: database.handle) }
    handle = prepared
    self.database = database
  }

  deinit { sqlite3_finalize(handle) }

  /// Runs it to its end. `row` is lent each row.
  ///
  /// - Parameter values: for ?1, ?2 and so on.
  func run(_ values: [SQLiteValue], row: (Row) -> Void = { _ in }) throws(SQLiteFailure) {
    defer {
      // Their codes repeat the failure that is thrown anyhow.
      sqlite3_reset(handle)
      sqlite3_clear_bindings(handle)
    }
    for (i, value) in values.enumerated() { try database.check(bind(value, at: Int32(i + 1))) }
    while true {
      var system: Int32 = 0
      let code = sqlite_step(handle, &system)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw SQLiteFailure(code, system: system, on: database.handle) }
      row(Row(handle: handle))
    }
  }

  private func bind(_ value: SQLiteValue, at index: Int32) -> Int32 {
    switch value {
    case .integer(let number): sqlite3_bind_int64(handle, index, number)
    case .bytes(let bytes):
      // A value of 2 GiB could not be said; SQLite takes less anyhow.
      Int32(exactly: bytes.count).map { size in
        bytes.withUnsafeBytes { sqlite_bind_copy(handle, index, $0.baseAddress, size) }
      } ?? SQLITE_TOOBIG
    }
  }

  /// One row of the answer, valid within the call that lends it.
  struct Row {
    fileprivate let handle: OpaquePointer

    /// A column as a number; 0 for what is none.
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// A column as bytes; none for NULL.
    func bytes(_ column: Int32) -> [UInt8] {
      guard let start = sqlite3_column_blob(handle, column) else { return [] }
      return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }
  }
}
