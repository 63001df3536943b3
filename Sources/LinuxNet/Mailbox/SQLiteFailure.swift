import CSQLite
import Glibc

/// What SQLite refused, in its own words.
struct SQLiteFailure: Error {
  /// SQLite's primary result code.
  let code: Int32
  /// The system's number for why not (errno); 0 when it is not known to be the system.
  let system: Int32
  private let words: String

  static let readOnly = SQLITE_READONLY
  static let foreign = SQLITE_NOTADB
  /// SQLite has no such code.
  static let newer: Int32 = -1

  /// What has just failed on `database` with `code`.
  init(_ code: Int32, system: Int32 = 0, on database: OpaquePointer?) {
    self.code = code & 0xff
    // Calls that fail for a good reason are a part of SQLite's work: the number says something only about these.
    self.system = [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_FULL].contains(self.code) ? system : 0
    let text = database.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
    words = text.map { String(cString: $0) } ?? "error \(code)"
  }

  /// A failure that SQLite did not see.
  init(code: Int32, words: String) {
    self.code = code
    system = 0
    self.words = words
  }

  var reason: MailboxError.Reason {
    switch code {
    case SQLITE_FULL: .full
    // A quota and a limit on the size of files are errors of input and output to SQLite.
    case SQLITE_IOERR where [ENOSPC, EDQUOT, EFBIG].contains(system): .full
    case SQLITE_READONLY: .readOnly
    case SQLITE_BUSY, SQLITE_LOCKED: .inUse
    case SQLITE_NOTADB: .foreign
    case Self.newer: .newer
    case SQLITE_CORRUPT, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_ERROR: .damaged
    default: .unavailable
    }
  }

  var detail: String {
    switch reason {
    case .inUse: "another process uses it"
    case .foreign: "it is no mailbox"
    default: system == 0 ? words : "\(words) (\(systemText(system)))"
    }
  }
}
