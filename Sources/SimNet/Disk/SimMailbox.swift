public import MixNet
import Synchronization

/// A mailbox on the disk of a simulated host: each message is a file of its own with a digest behind it, so all that disks do
/// wrong meets it. It keeps messages until they are acknowledged, whatever their age.
///
/// Jobs are done by the host's disk in the order in which they came. A file whose digest does not fit is read again some times,
/// and then counted as damaged and handed to nobody.
public final class SimMailbox: Mailbox {
  private let storage: SimStorage
  private let folder: String
  private let limits: MailboxLimits
  private let log: MailboxLog
  private let book: Mutex<MailboxBook>

  private static let readsMax = 4
  private static let noSpace = "No space left on device"
  private static let noFile = "No such file or directory"

  /// Opens what lies in `folder`. `boot` counts the host's processes: numbers of different ones differ.
  init(
    _ disk: SimDisk, _ storage: SimStorage, folder: String, boot: UInt32, _ limits: MailboxLimits, _ log: MailboxLog
  ) {
    (self.storage, self.folder, self.limits, self.log) = (storage, folder, limits, log)
    disk.installFolder(folder)
    var book = MailboxBook(first: UInt64(boot) << 32 + 1)
    for path in disk.paths where path.hasPrefix(folder + "/") {
      guard let bytes = try? disk.read(path, limit: .max).bytes, let record = MailboxRecord(bytes) else {
        log.count { $0.damaged += 1 }
        continue
      }
      book.register(record.client, limits)
      if record.number > 0 { book.insert(record.number, at: path, for: record.client) }
    }
    self.book = Mutex(book)
  }

  /// Messages that are kept now for a client that has not said that it has them.
  public func count(for client: Bytes32) -> Int {
    book.withLock { $0.entries(client, after: 0, limit: .max).count { !$0.isOver } }
  }

  /// Remembers that a client exists.
  public func register(_ client: Bytes32) -> Bool {
    if Probe.buggify("mailbox.register_crowded", oneIn: 5) { return false }
    guard book.withLock({ $0.register(client, limits) }) else { return true }
    let record = MailboxRecord(client: client, number: 0, identifier: Bytes16(), payload: [])
    let isTaken = storage.submit(.replace(path: path(client), bytes: record.bytes)) { [self] result in
      if case .failure = result { book.withLock { $0.forget(client) } }
    }
    if !isTaken { book.withLock { $0.forget(client) } }
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
    switch book.withLock({ $0.reserve(client, limits) }) {
    case .failure(let refused):
      log.count { counts in
        counts.taken += 1
        counts.refused += 1
      }
      done(refused.why)
      return true
    case .success(let number):
      let path = path(client, number)
      let record = MailboxRecord(client: client, number: number, identifier: identifier, payload: payload)
      let isTaken = storage.submit(.replace(path: path, bytes: record.bytes)) { [self] result in
        stored(result, MailboxLog.Kept(identifier: identifier, path: path), number, client, done)
      }
      log.count { if isTaken { $0.taken += 1 } else { $0.turnedAway += 1 } }
      if !isTaken { book.withLock { $0.total -= 1 } }
      return isTaken
    }
  }

  private func stored(
    _ result: StorageResult, _ kept: MailboxLog.Kept, _ number: UInt64, _ client: Bytes32,
    _ done: @Sendable (MailboxRefusal?) -> Void
  ) {
    switch result {
    case .success:
      book.withLock { book in
        book.total -= 1
        book.insert(number, at: kept.path, for: client)
      }
      log.keep(kept)
      done(nil)
    case .failure(let error):
      book.withLock { $0.total -= 1 }
      log.count { $0.refused += 1 }
      done(error.detail == Self.noSpace ? .full : .failed)
    }
  }

  /// Hands out the oldest messages numbered above `after`, at most `limit`.
  public func fetch(
    for client: Bytes32, after: UInt64, limit: Int, done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) -> Bool {
    if Probe.buggify("mailbox.fetch_crowded", oneIn: 5) { return false }
    // What was to be stored before this is stored when the client's own file has been read.
    return storage.submit(.read(path: path(client), limit: 1 << 10)) { [self] result in
      if case .failure(let error) = result, error.detail != Self.noFile { return done(nil) }
      read(client, after: after, limit: limit, done)
    }
  }

  /// Reads on where all that was found is damaged: nothing says that there is no more.
  private func read(
    _ client: Bytes32, after: UInt64, limit: Int, _ done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) {
    let entries = book.withLock { $0.entries(client, after: after, limit: limit) }
    read(entries[...], [], client) { [self] found in
      guard let found, found.isEmpty, !entries.isEmpty else { return done(found) }
      read(client, after: after, limit: limit, done)
    }
  }

  private func read(
    _ entries: ArraySlice<MailboxBook.Entry>, _ found: [MailboxMessage], _ client: Bytes32, tries: Int = 1,
    _ done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) {
    guard let entry = entries.first else {
      log.count { $0.handedOut += found.count }
      return done(found)
    }
    let isTaken = storage.submit(.read(path: entry.path, limit: 1 << 20)) { [self] result in
      switch result {
      case .failure(let error) where error.detail != Self.noFile: done(nil)
      case .success(let bytes):
        if let message = MailboxRecord(bytes)?.message(entry.number, client) {
          return read(entries.dropFirst(), found + [message], client, done)
        }
        if tries < Self.readsMax { return read(entries, found, client, tries: tries + 1, done) }
        giveUp(entry, client)
        read(entries.dropFirst(), found, client, done)
      case .failure:
        giveUp(entry, client)
        read(entries.dropFirst(), found, client, done)
      }
    }
    if !isTaken { done(nil) }
  }

  private func giveUp(_ entry: MailboxBook.Entry, _ client: Bytes32) {
    log.count { $0.damaged += 1 }
    book.withLock { $0.remove(entry.number, for: client) }
  }

  /// Forgets the messages up to and including `number`.
  public func remove(upTo number: UInt64, for client: Bytes32) -> Bool {
    book.withLock { $0.finish(upTo: number, for: client) }
    for entry in book.withLock({ $0.entries(client, after: 0, limit: .max) }) where entry.number <= number {
      let isTaken = storage.submit(.remove(path: entry.path)) { [self] result in
        if case .success = result { book.withLock { $0.remove(entry.number, for: client) } }
      }
      guard isTaken else { return false }
    }
    return true
  }

  private func path(_ client: Bytes32) -> String { "\(folder)/\(Hex.text(Array(client.array.prefix(8))))" }
  private func path(_ client: Bytes32, _ number: UInt64) -> String { "\(path(client))-\(number)" }
}

extension SimHost {
  /// A mailbox on this host's disk for the process that runs, or is being started.
  public func openMailbox(in folder: String, _ limits: MailboxLimits, _ log: MailboxLog) -> SimMailbox {
    SimMailbox(disk, storage, folder: folder, boot: boots, limits, log)
  }
}
