import Glibc
import MixNet
import Testing

@testable import LinuxNet

/// What a disk, another process or a bad file does to a mailbox: a refusal or an error, never the end of the process.
@Suite struct MailboxTroubleTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/mailbox.db"
  }

  /// The error of opening; nil when it opens.
  private func error(at path: String) -> MailboxError? {
    do throws(MailboxError) {
      try SQLiteMailbox(.init(path: path)).stop()
      return nil
    } catch {
      return error
    }
  }

  @Test func aPathThatIsNoFileIsAnError() throws {
    let none = folder.path + "/none/mailbox.db"
    #expect(error(at: none)?.description == "cannot use the mailbox \(none): No such file or directory")
    #expect(error(at: folder.path)?.detail == "not a regular file")
    #expect(error(at: "")?.detail == "not a path")
    #expect(error(at: "a\0b")?.detail == "not a path")
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(error(at: pipe)?.detail == "not a regular file")
    let loop = folder.path + "/loop"
    #expect(symlink(loop, loop) == 0)
    #expect(error(at: loop)?.reason == .unavailable)
  }

  /// To SQLite these names mean something that is no file.
  @Test func namesHaveNoMeaningToSQLite() async {
    await #expect(processExitsWith: .success) {
      try exitAfterUsingFolder { folder in
        guard chdir(folder.path) == 0 else { return 1 }
        for name in [":memory:", "file:a?mode=memory"] {
          let mailbox = try SQLiteMailbox(.init(path: name))
          _ = mailbox.register(alice)
          mailbox.stop()
        }
        return folder.names == [":memory:", "file:a?mode=memory"] ? 0 : 2
      }
    }
  }

  @Test func aFileOfAnotherKindIsAnErrorAndIsLeftAlone() throws {
    let text = Array("This is not a mailbox, but a text that somebody would miss.".utf8)
    try writeFile(path, text, mode: 0o600)
    #expect(error(at: path)?.description == "cannot use the mailbox \(path): it is no mailbox")
    #expect(try readFile(path, limit: 100).bytes == text)

    let other = folder.path + "/other.db"
    try writeFile(other, [], mode: 0o600)
    try Database(other).execute("CREATE TABLE a (b); INSERT INTO a VALUES (1)")
    let before = try readFile(other, limit: 1 << 20).bytes
    #expect(error(at: other)?.reason == .foreign)
    #expect(try readFile(other, limit: 1 << 20).bytes == before)

    let newer = folder.path + "/newer.db"
    #expect(error(at: newer) == nil)
    try Database(newer).execute("PRAGMA user_version = 2")
    #expect(error(at: newer)?.description == "cannot use the mailbox \(newer): a newer version made it")
  }

  @Test func twoMailboxesDoNotShareAFile() throws {
    let first = try SQLiteMailbox(.init(path: path))
    let refusal = error(at: path)
    #expect(refusal?.reason == .inUse)
    #expect(refusal?.description == "cannot use the mailbox \(path): another process uses it")
    // The attempt has not loosened the first one's hold.
    #expect(error(at: path)?.reason == .inUse)
    #expect(first.register(alice))
    #expect(store(first, [1], alice) == .some(nil))
    first.stop()
    #expect(error(at: path) == nil)
  }

  @Test func twoProcessesDoNotShareAFile() async throws {
    let first = try SQLiteMailbox(.init(path: path))
    #expect(first.register(alice))
    await #expect(processExitsWith: .success) { [path = path as String] in
      do throws(MailboxError) {
        _ = try SQLiteMailbox(.init(path: path))
        exit(1)
      } catch {
        exit(error.reason == .inUse ? 0 : 2)
      }
    }
    #expect(store(first, [1], alice) == .some(nil))
  }

  /// What becomes read-only under a mailbox refuses messages; what is kept can still be read.
  @Test func aFileThatBecomesReadOnlyRefuses() throws {
    let file = try MailboxFile(path, MailboxLimits())
    try file.transaction { () throws(SQLiteFailure) in
      try file.register(alice, at: WallTime(ns: 0))
      #expect(try file.store([1], identifier: Bytes16(), for: alice, at: WallTime(ns: 0)) == nil)
    }
    try file.database.execute("PRAGMA query_only = ON")
    let answers = Answered()
    let keeper = MailboxKeeper(file: file, wall: { WallTime(ns: 0) }, report: answers.report)
    keeper.work([.register(bob), answers.store([2], for: alice), answers.fetch(alice), .remove(upTo: 1, client: alice)])
    #expect(answers.refusals == [.failed])
    #expect(answers.fetched == [[1]])
    #expect(answers.lastFailure?.reason == .readOnly)
    try file.database.execute("PRAGMA query_only = OFF")
    keeper.work([answers.store([3], for: alice), answers.fetch(alice)])
    #expect(answers.refusals == [.failed, nil])
    #expect(answers.fetched == [[1], [1, 2]])
    #expect(answers.lastFailure == nil)
  }

  /// One message that cannot be kept does not take its neighbours down, nor a removal that makes room.
  @Test func aTransactionThatFailsIsDoneAgainPieceByPiece() throws {
    let file = try MailboxFile(path, MailboxLimits())
    let answers = Answered()
    let keeper = MailboxKeeper(file: file, wall: { WallTime(ns: 0) }, report: answers.report)
    keeper.work([.register(alice), answers.store([1], for: alice)])
    let pages = try #require(try file.database.number("PRAGMA page_count"))
    #expect(pages < 20)
    try file.database.execute("PRAGMA max_page_count = 20")
    keeper.work([
      answers.store([2], for: alice), answers.store([UInt8](repeating: 3, count: 200_000), for: alice),
      answers.store([4], for: alice), .remove(upTo: 1, client: alice), answers.fetch(alice),
    ])
    #expect(answers.refusals == [nil, nil, .full, nil])
    #expect(answers.fetched == [[2, 3]])
    #expect(file.messages == 2)
    for _ in 0..<1_000 { keeper.work([answers.store([UInt8](repeating: 5, count: 1_000), for: alice)]) }
    #expect(answers.refusals.last == .full)
    #expect(answers.lastFailure?.reason == .full)
    let kept = file.messages
    keeper.work([.remove(upTo: .max, client: alice), answers.store([6], for: alice), answers.fetch(alice)])
    #expect(answers.refusals.last == .some(nil))
    #expect(answers.fetched.last == [UInt64(kept + 2)])
  }
}
