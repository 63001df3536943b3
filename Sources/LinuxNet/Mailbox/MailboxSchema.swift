import Glibc

/// What a mailbox's file is made of.
///
/// Tables are STRICT, so that a number is never kept as something else. `clients.kept` counts the client's messages: the
/// limit for one client is checked without counting them again. `numbers.floor` is the highest number that any client had
/// who was forgotten: new ones begin above it.
enum MailboxSchema {
  /// "HsMb": what `file` and SQLite tell a mailbox by.
  static let applicationID: Int64 = 0x4873_4d62
  static let version: Int64 = 1

  static let make: StaticString = """
    CREATE TABLE clients (
      id INTEGER PRIMARY KEY,
      address BLOB NOT NULL UNIQUE,
      last INTEGER NOT NULL,
      kept INTEGER NOT NULL,
      seen INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX clients_idle ON clients (seen) WHERE kept = 0;
    CREATE TABLE messages (
      id INTEGER PRIMARY KEY,
      client INTEGER NOT NULL REFERENCES clients,
      number INTEGER NOT NULL,
      stored INTEGER NOT NULL,
      identifier BLOB NOT NULL,
      payload BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX messages_number ON messages (client, number);
    CREATE INDEX messages_stored ON messages (stored);
    CREATE TRIGGER messages_gone AFTER DELETE ON messages BEGIN
      UPDATE clients SET kept = kept - 1 WHERE id = old.client;
    END;
    CREATE TABLE numbers (floor INTEGER NOT NULL) STRICT;
    INSERT INTO numbers VALUES (0);
    PRAGMA application_id = 0x48734d62;
    PRAGMA user_version = 1;
    """

  /// How the file is used.
  ///
  /// - The lock is held for as long as the file is open: a second process is refused when it starts, and not in the
  ///   middle of its work. It also keeps the index of the log in memory, where a full disk cannot take it away.
  /// - WAL with FULL: the log is on the disk before a job is answered. Neither a crash of the process nor the loss of
  ///   power loses a message that `done` called kept, or brings back a number that was used. Jobs that were not answered
  ///   may be done or not, each one whole. (NORMAL would be faster when few messages wait at a time; a loss of power would
  ///   then cost the last seconds, and their numbers would be used again.)
  /// - What is removed is overwritten with zeros, so that the file does not tell who had mail last year. (The log and the
  ///   disk below may keep copies for a while.)
  static let use: StaticString = """
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -8000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = 16777216;
    """

  /// Makes an empty file that its owner alone can read and write, or makes one that is there so.
  static func makePrivateFile(_ path: String) throws(MailboxError) {
    func failure(_ code: Int32) -> MailboxError {
      let reason: MailboxError.Reason = code == EROFS ? .readOnly : code == ENOSPC ? .full : .unavailable
      return MailboxError(path: path, reason: reason, detail: systemText(code))
    }
    func refusal(_ detail: String) -> MailboxError { MailboxError(path: path, reason: .unavailable, detail: detail) }

    guard !path.isEmpty, !path.utf8.contains(0) else { throw refusal("not a path") }
    if let made = Descriptor(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)) {
      // Whatever the umask left.
      guard fchmod(made.raw, 0o600) == 0 else { throw failure(errno) }
      return
    }
    guard errno == EEXIST else { throw failure(errno) }
    // It is not opened here: closing it would give up the locks that another mailbox of this process has on it.
    var about = stat()
    guard stat(path, &about) == 0 else { throw failure(errno) }
    guard about.st_mode & S_IFMT == S_IFREG else { throw refusal("not a regular file") }
    if about.st_mode & 0o077 != 0, chmod(path, about.st_mode & 0o700) != 0 { throw failure(errno) }
  }
}
