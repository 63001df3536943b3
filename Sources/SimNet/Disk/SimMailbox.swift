public import MixNet
import Synchronization

/// A mailbox on the disk of a simulated host: each message is a file of its own with a digest behind it, so all that disks do
/// wrong meets it.
///
/// Jobs are done by the host's disk in the order in which they came. A file whose digest does not fit is read again some times,
/// and then counted as damaged and handed to nobody. The clock by which it reckons ages is its world's, which has one thread.
public final class SimMailbox: Mailbox, @unchecked Sendable {
  let storage: SimStorage
  private let folder: String
  let limits: MailboxLimits
  let log: MailboxLog
  let wall: () -> WallTime
  let book: Mutex<MailboxBook>

  private static let noSpace = "No space left on device"

  /// Opens what lies in `folder`. `boot` counts the host's processes: numbers of different ones differ.
  init(
    _ disk: SimDisk, _ storage: SimStorage, folder: String, boot: UInt32, _ limits: MailboxLimits, _ log: MailboxLog,
    wall: @escaping () -> WallTime
  ) {
    (self.storage, self.folder, self.limits, self.log, self.wall) = (storage, folder, limits, log, wall)
    disk.installFolder(folder)
    var book = MailboxBook(above: UInt64(boot) << 32)
    for path in disk.paths where path.hasPrefix(folder + "/") {
      guard let bytes = try? disk.read(path, limit: .max).bytes, let record = MailboxRecord(bytes) else {
        log.count { $0.damaged += 1 }
        continue
      }
      book.restore(record, at: path, limits)
    }
    self.book = Mutex(book)
  }

  /// Messages that are kept now for a client that has not said that it has them.
  public func count(for client: Bytes32) -> Int {
    let oldest = limits.oldestKept(at: wall())
    return book.withLock { book in
      book.entries(client, after: 0, since: oldest, limit: .max).count { $0.isThere && !$0.isOver }
    }
  }

  /// Remembers that a client exists, and when it said so last.
  public func register(_ client: Bytes32) -> Bool {
    if Probe.buggify("mailbox.register_crowded", oneIn: 5) { return false }
    let now = wall()
    var expired = MailboxBook.Expired()
    let registration = book.withLock { $0.register(client, limits, at: now, &expired) }
    discard(expired)
    var isNew = true
    switch registration {
    case .refused: return true
    case .known: isNew = false
    case .new: break
    // Where that is not taken, it is known again after a restart.
    case .instead(let other): _ = storage.submit(.remove(path: path(other))) { _ in }
    }
    let record = MailboxRecord(client: client, number: 0, stored: now, identifier: Bytes16(), payload: [])
    let isTaken = storage.submit(.replace(path: path(client), bytes: record.bytes)) { [self, isNew] result in
      if case .failure = result, isNew { book.withLock { $0.forget(client) } }
    }
    if !isTaken, isNew { book.withLock { $0.forget(client) } }
    return isTaken
  }

  /// Keeps a message.
  public func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, done: @escaping @Sendable (MailboxRefusal?) -> Void
  ) -> Bool {
    if Probe.buggify("mailbox.store_crowded", oneIn: 20) {
      log.count { $0.turnedAway += 1 }
      return false
    }
    let now = wall()
    var expired = MailboxBook.Expired()
    let reserved = book.withLock { $0.reserve(client, limits, at: now, &expired) { path(client, $0) } }
    discard(expired)
    switch reserved {
    case .failure(let refused):
      log.count { counts in
        counts.taken += 1
        counts.refused += 1
      }
      done(refused.why)
      return true
    case .success(let entry):
      let record = MailboxRecord(
        client: client, number: entry.number, stored: now, identifier: identifier, payload: payload)
      let isTaken = storage.submit(.replace(path: entry.path, bytes: record.bytes)) { [self] result in
        stored(result, MailboxLog.Kept(identifier: identifier, path: entry.path), entry.number, client, done)
      }
      log.count { if isTaken { $0.taken += 1 } else { $0.turnedAway += 1 } }
      if !isTaken { book.withLock { $0.remove(entry.number, for: client) } }
      return isTaken
    }
  }

  private func stored(
    _ result: StorageResult, _ kept: MailboxLog.Kept, _ number: UInt64, _ client: Bytes32,
    _ done: @Sendable (MailboxRefusal?) -> Void
  ) {
    switch result {
    case .success:
      book.withLock { $0.change(number, of: client) { $0.isThere = true } }
      log.keep(kept)
      done(nil)
    case .failure(let error):
      book.withLock { $0.remove(number, for: client) }
      log.count { $0.refused += 1 }
      done(error.detail == Self.noSpace ? .full : .failed)
    }
  }

  /// Forgets the messages up to and including `number`.
  public func remove(upTo number: UInt64, for client: Bytes32) -> Bool {
    for entry in book.withLock({ $0.finish(upTo: number, for: client) }) {
      let isTaken = storage.submit(.remove(path: entry.path)) { [self] result in
        book.withLock { book in
          if case .success = result { return book.remove(entry.number, for: client) }
          book.change(entry.number, of: client) { $0.isLeaving = false }
        }
      }
      guard isTaken else { return false }
      book.withLock { $0.change(entry.number, of: client) { $0.isLeaving = true } }
    }
    return true
  }

  /// Nobody is to have what is too old; a file that cannot be removed is too old after a restart as well.
  private func discard(_ expired: MailboxBook.Expired) {
    for path in expired.paths {
      log.expire(path)
      _ = storage.submit(.remove(path: path)) { _ in }
    }
  }

  func path(_ client: Bytes32) -> String { "\(folder)/\(Hex.text(client.array))" }
  private func path(_ client: Bytes32, _ number: UInt64) -> String { "\(path(client))-\(number)" }
}

extension SimHost {
  /// A mailbox on this host's disk for the process that runs, or is being started. Ages go by the host's wall clock, or by `wall`.
  public func openMailbox(
    in folder: String, _ limits: MailboxLimits, _ log: MailboxLog, wall: (() -> WallTime)? = nil
  ) -> SimMailbox {
    let clock = clock
    return SimMailbox(disk, storage, folder: folder, boot: boots, limits, log, wall: wall ?? { clock.wall })
  }
}
