import Glibc
import MixNet
import ProviderContract
import Testing

@testable import LinuxNet

/// What is left of a mailbox after the worst.
@Suite struct MailboxCrashTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Again and again a process is killed while it writes. What it was told is kept is there, each message whole, and no
  /// number is given twice.
  @Test("fault 14: a mailbox whose process is killed while it writes")
  func whatWasAnsweredOutlivesAKill() async throws {
    let path = folder.path
    for (round, kept) in [1, 40, 200, 600].enumerated() {
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, kept = kept as Int] in
        try StoringVictim(folder: path).store(killedAfter: kept)
      }
      let acknowledged = try readFile(path + "/acknowledged", limit: 1 << 20).bytes.count
      #expect(acknowledged >= kept)
      let mailbox = try SQLiteMailbox(.init(path: path + "/mailbox.db"))
      let found = allMessages(mailbox)
      #expect(found.count >= acknowledged)
      #expect(found.enumerated().allSatisfy { $0.element.number == UInt64($0.offset + 1) })
      #expect(found.allSatisfy { $0.payload == StoringVictim.payload($0.number) })
      // In two rounds everything is removed: then only what was remembered tells which number is next.
      if round % 2 == 1 { #expect(mailbox.remove(upTo: .max, for: alice)) }
      #expect(store(mailbox, [], alice) == .some(nil))
      #expect(messages(mailbox, alice, after: UInt64(found.count)).map(\.number) == [UInt64(found.count + 1)])
      mailbox.stop()
      for name in folder.names { unlink("\(path)/\(name)") }
    }
  }

  /// The limit on the size of a file stands for a full disk.
  @Test("fault 15: the mailbox on a full disk")
  func aFullDiskRefusesUntilThereIsRoom() async {
    await #expect(processExitsWith: .success) {
      try exitAfterUsingFolder { folder in
        signal(SIGXFSZ, SIG_IGN)
        let mailbox = try SQLiteMailbox(.init(path: folder.path + "/mailbox.db"))
        _ = mailbox.register(alice)
        limitFiles(to: 400_000)
        var kept = 0
        while kept < 1_000, store(mailbox, [UInt8](repeating: 1, count: 2_000), alice) == .some(nil) { kept += 1 }
        guard (10..<200).contains(kept) else { return 1 }
        guard store(mailbox, [UInt8](repeating: 1, count: 2_000), alice) == .some(.full) else { return 2 }
        guard mailbox.failure?.reason == .full else { return 3 }
        guard messages(mailbox, alice).count == kept else { return 4 }
        limitFiles(to: 4_000_000)
        guard store(mailbox, [2], alice) == .some(nil), mailbox.failure == nil else { return 5 }
        return messages(mailbox, alice, after: UInt64(kept)).map(\.number) == [UInt64(kept + 1)] ? 0 : 6
      }
    }
  }

  /// A file that nobody may write is an error before anything is kept. (The super-user may always, so it steps down.)
  @Test("fault 15: the mailbox in a read-only file")
  func aReadOnlyFileIsAnError() async throws {
    let path = folder.path + "/mailbox.db"
    try SQLiteMailbox(.init(path: path)).stop()
    chmod(path, 0o400)
    chmod(folder.path, 0o711)
    let nobody: uid_t = 65_534
    if geteuid() == 0 { #expect(chown(path, nobody, nobody) == 0) }
    await #expect(processExitsWith: .success) { [path = path as String, nobody = nobody as uid_t] in
      if geteuid() == 0, setuid(nobody) != 0 { exit(1) }
      do throws(MailboxError) {
        _ = try SQLiteMailbox(.init(path: path))
        exit(2)
      } catch {
        exit(error.description == "cannot use the mailbox \(path): it cannot be written" ? 0 : 3)
      }
    }
  }

  /// Bytes of the file are changed at random, some hundred times over. Whatever it is taken for, every job is answered.
  @Test("fault 15: the mailbox in a damaged file")
  func aDamagedFileIsAnErrorOrRefuses() throws {
    let path = folder.path + "/mailbox.db"
    let whole = try makeFullFile(path)
    var random = RandomStream(seed: Seed(1, 2, 3, 4))
    var outcomes: [String: Int] = [:]
    for round in 0..<240 {
      var bytes = whole
      damage(&bytes, &random, kind: round % 4)
      unlink(path + "-wal")
      #expect(overwrite(path, bytes))
      outcomes[useDamagedFile(path), default: 0] += 1
    }
    // Each way it may end was seen.
    #expect(Set(outcomes.keys) == ["error", "refused", "survived"])
  }

  private func makeFullFile(_ path: String) throws -> [UInt8] {
    let file = try MailboxFile(path, MailboxLimits())
    let answers = Answered()
    let keeper = MailboxKeeper(file: file, wall: { WallTime(ns: 0) }, report: answers.report)
    for client in [alice, bob] {
      keeper.work([.register(client)])
      keeper.work((0..<60).map { answers.store([UInt8](repeating: UInt8($0), count: 900), for: client) })
    }
    try file.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return try readFile(path, limit: 1 << 20).bytes
  }

  private func damage(_ bytes: inout [UInt8], _ random: inout RandomStream, kind: Int) {
    func place(_ random: inout RandomStream) -> Int { Int(random.next() % UInt64(bytes.count)) }
    switch kind {
    case 0: for _ in 0..<3 { bytes[place(&random)] ^= UInt8(1 << (random.next() % 8)) }
    case 1: for _ in 0..<200 { bytes[place(&random)] = UInt8(truncatingIfNeeded: random.next()) }
    case 2: bytes.removeLast(place(&random))
    default:
      let page = place(&random) / 4_096 * 4_096
      for i in page..<page + 100 { bytes[i] = UInt8(truncatingIfNeeded: random.next()) }
    }
  }

  /// Writes without waiting for the disk.
  private func overwrite(_ path: String, _ bytes: [UInt8]) -> Bool {
    guard let file = Descriptor(open(path, O_WRONLY | O_TRUNC)) else { return false }
    return write(file.raw, bytes, bytes.count) == bytes.count
  }

  /// Does every kind of job, and tells what became of them.
  private func useDamagedFile(_ path: String) -> String {
    guard let file = try? MailboxFile(path, MailboxLimits(clientsMax: 3, keep: .s(1))) else { return "error" }
    try? file.database.execute("PRAGMA synchronous = OFF")
    let answers = Answered()
    let clock = TurnedWall()
    let keeper = MailboxKeeper(file: file, wall: { clock.value }, report: answers.report)
    for client in [alice, bob, carol] {
      keeper.work([
        .register(client), answers.store([1], for: client), answers.fetch(client), .remove(upTo: 30, client: client),
        answers.store([UInt8](repeating: 2, count: 5_000), for: client), answers.fetch(client),
      ])
    }
    clock.value.ns += 3_000_000_000_000_000_000
    while keeper.expire() {}
    keeper.work([.register(Bytes32([9])), answers.store([3], for: alice), .remove(upTo: .max, client: alice)])
    #expect(answers.refusals.count == 7)
    #expect(answers.fetched.count == 6)
    return answers.refusals.contains(.failed) ? "refused" : "survived"
  }
}

/// A process that stores messages until it is killed. It notes each one that was kept, in a file beside the mailbox.
private struct StoringVictim {
  let folder: String

  /// What message `number` says; sizes go up to some pages.
  static func payload(_ number: UInt64) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Int(number * 37 % 9_000))
  }

  func store(killedAfter count: Int) throws -> Never {
    let mailbox = try SQLiteMailbox(.init(path: folder + "/mailbox.db"))
    let note = open(folder + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let kept = SharedCount()
    let feeder = try Thread("feeder") {
      _ = mailbox.register(alice)
      var number: UInt64 = 1
      while true {
        let isTaken = mailbox.store(Self.payload(number), identifier: Bytes16(), for: alice) { refusal in
          if refusal == nil, write(note, "k", 1) == 1 { kept.add(1) }
        }
        if isTaken { number += 1 } else { usleep(50) }
      }
    }
    eventually { kept.value >= count }
    kill(getpid(), SIGKILL)
    feeder.join()
    exit(0)
  }
}

private func allMessages(_ mailbox: SQLiteMailbox) -> [MailboxMessage] {
  var all: [MailboxMessage] = []
  while true {
    let last = all.last?.number ?? 0
    let more = messages(mailbox, alice, after: last)
    all += more
    // Numbers in a wrong order would go round for ever; the caller sees them.
    guard let next = more.last?.number, next > last else { return all }
  }
}

private func limitFiles(to bytes: rlim_t) {
  let size = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
  var limit = rlimit()
  getrlimit(size, &limit)
  limit.rlim_cur = bytes
  setrlimit(size, &limit)
}
