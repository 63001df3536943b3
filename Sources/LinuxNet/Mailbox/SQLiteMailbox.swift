public import MixNet
import Synchronization

/// A mailbox in an SQLite file, kept by one thread with a bounded queue.
///
/// A message that `done` called kept survives a crash of the process and a loss of power. The file can be read by its
/// owner alone (0600). It is locked for as long as the mailbox is open: no other process, the `sqlite3` shell included, can
/// look into it meanwhile. Beside it stands its log, named with `-wal` behind; both belong together.
///
/// Nothing that the disk does ends the process: a message that cannot be kept is refused, ``MailboxRefusal/full`` where
/// space is what is missing and ``MailboxRefusal/failed`` otherwise, and ``failure`` says why.
public final class SQLiteMailbox: Mailbox {
  /// Where and how much is kept.
  public struct Settings: Sendable {
    /// The file; it is made where there is none, its folder is not.
    public var path: String
    /// How much is kept, and for how long.
    public var limits: MailboxLimits
    /// Jobs that wait at most; messages that are to be stored wait in memory.
    public var jobsMax: Int
    /// How often messages that are too old are looked for.
    public var expireEvery: Nanos

    /// Settings of these.
    public init(
      path: String, limits: MailboxLimits = MailboxLimits(), jobsMax: Int = 4_096, expireEvery: Nanos = .s(60)
    ) {
      self.path = path
      self.limits = limits
      self.jobsMax = jobsMax
      self.expireEvery = expireEvery
    }
  }

  /// Jobs that are taken from the queue at once, and so share at most one transaction.
  private static let batchMax = 256

  private let path: String
  private let queue: JobQueue<MailboxJob>
  private let trouble = Trouble()
  private let thread: Mutex<Thread?>

  /// Opens the file and starts the thread. It waits for the disk.
  ///
  /// - Parameters:
  ///   - settings: where and how much.
  ///   - wall: the wall clock, which is read on the mailbox's thread.
  /// - Throws: one sentence on why the file cannot be used; it is left as it is then.
  public init(
    _ settings: Settings, wall: @escaping @Sendable () -> WallTime = { SystemClock().wall }
  ) throws(MailboxError) {
    let queue = JobQueue<MailboxJob>(capacity: settings.jobsMax)
    // Opened here, so that what is wrong with it is thrown; used and closed by the thread alone.
    nonisolated(unsafe) let file = try MailboxFile(settings.path, settings.limits)
    let trouble = trouble
    do throws(SystemError) {
      let started = try Thread("mailbox") {
        let keeper = MailboxKeeper(file: file, wall: wall, report: trouble.set)
        Self.serve(queue, keeper, expireEvery: settings.expireEvery)
      }
      thread = Mutex(started)
    } catch {
      throw MailboxError(path: settings.path, reason: .unavailable, detail: error.description)
    }
    self.queue = queue
    path = settings.path
  }

  deinit { stop() }

  /// Why the newest job that failed did so; nil when jobs succeed again.
  public var failure: MailboxError? { trouble.value.map { MailboxError(path: path, $0) } }

  /// Takes no more jobs, and returns when those that were taken are done and the file is closed. Within a `done` it
  /// returns at once.
  public func stop() {
    queue.close()
    guard let thread = thread.withLock({ $0.take() }) else { return }
    if !thread.isCurrent { thread.join() }
  }

  /// Remembers that a client exists.
  public func register(_ client: Bytes32) -> Bool { queue.push(.register(client)) }

  /// Keeps a message. Messages that wait together are written together.
  public func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, done: @escaping @Sendable (MailboxRefusal?) -> Void
  ) -> Bool {
    queue.push(.store(payload, identifier: identifier, client: client, done: done))
  }

  /// Hands out the oldest messages numbered above `after`, at most `limit`.
  public func fetch(
    for client: Bytes32, after: UInt64, limit: Int, done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) -> Bool {
    queue.push(.fetch(client: client, after: after, limit: limit, done: done))
  }

  /// Forgets the messages up to and including `number`.
  public func remove(upTo number: UInt64, for client: Bytes32) -> Bool {
    queue.push(.remove(upTo: number, client: client))
  }

  private static func serve(_ queue: JobQueue<MailboxJob>, _ keeper: MailboxKeeper, expireEvery: Nanos) {
    var jobs: [MailboxJob] = []
    jobs.reserveCapacity(batchMax)
    var expiry = Instant.zero
    while queue.pop(into: &jobs, limit: batchMax, until: expiry) {
      keeper.work(jobs)
      jobs.removeAll(keepingCapacity: true)
      let now = SystemClock.now
      if now >= expiry { expiry = keeper.expire() ? now : now + expireEvery }
    }
  }
}

/// What went wrong last, for whoever asks.
private final class Trouble: Sendable {
  private let failure = Mutex<SQLiteFailure?>(nil)
  var value: SQLiteFailure? { failure.withLock { $0 } }
  func set(_ new: SQLiteFailure?) { failure.withLock { $0 = new } }
}
