public import MixNet
import Synchronization

/// What is handed out: all reads of a fetch are given to the disk at once, so that they come after what was to be stored before
/// it and before what is to be removed after it.
extension SimMailbox {
  private static var readsMax: Int { 4 }
  private static var noFile: String { "No such file or directory" }

  /// What the reads of one fetch have found so far.
  private final class Fetch: Sendable {
    struct State {
      var found: [MailboxMessage?]
      /// Reads that are under way.
      var open: Int
      var hasFailed = false
    }
    let client: Bytes32
    let entries: [MailboxBook.Entry]
    let done: @Sendable ([MailboxMessage]?) -> Void
    let state: Mutex<State>

    init(_ client: Bytes32, _ entries: [MailboxBook.Entry], done: @escaping @Sendable ([MailboxMessage]?) -> Void) {
      (self.client, self.entries, self.done) = (client, entries, done)
      // One read more: that of the client's own file, behind which all that was to be stored is stored.
      state = Mutex(State(found: [MailboxMessage?](repeating: nil, count: entries.count), open: entries.count + 1))
    }
  }

  /// Hands out the oldest messages numbered above `after`, at most `limit`.
  public func fetch(
    for client: Bytes32, after: UInt64, limit: Int, done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) -> Bool {
    if Probe.buggify("mailbox.fetch_crowded", oneIn: 5) { return false }
    let oldest = limits.oldestKept(at: wall())
    let entries = book.withLock { $0.entries(client, after: after, since: oldest, limit: limit) }
    // The disk takes all of it or nothing: there must be no answer to half a question.
    let fetch = Fetch(client, Array(entries.prefix(max(1, storage.room - 1))), done: done)
    let isTaken = storage.submit(.read(path: path(client), limit: 1 << 10)) { [self] result in
      if case .failure(let error) = result, error.detail != Self.noFile {
        fetch.state.withLock { $0.hasFailed = true }
      }
      close(fetch, after, limit)
    }
    guard isTaken else { return false }
    for place in fetch.entries.indices { read(place, of: fetch, after, limit) }
    return true
  }

  private func read(_ place: Int, of fetch: Fetch, _ after: UInt64, _ limit: Int, tries: Int = 1) {
    let entry = fetch.entries[place]
    let isTaken = storage.submit(.read(path: entry.path, limit: 1 << 20)) { [self] result in
      switch result {
      case .success(let bytes):
        if let message = MailboxRecord(bytes)?.message(entry.number, fetch.client) {
          fetch.state.withLock { $0.found[place] = message }
        } else if tries < Self.readsMax {
          return read(place, of: fetch, after, limit, tries: tries + 1)
        } else {
          giveUp(entry, fetch.client)
        }
      case .failure(let error) where error.detail == Self.noFile: isGone(entry, fetch.client)
      case .failure: fetch.state.withLock { $0.hasFailed = true }
      }
      close(fetch, after, limit)
    }
    guard !isTaken else { return }
    fetch.state.withLock { $0.hasFailed = true }
    close(fetch, after, limit)
  }

  /// A read has ended. Where all that was found is damaged, it is read on: nothing says that there is no more.
  private func close(_ fetch: Fetch, _ after: UInt64, _ limit: Int) {
    let state = fetch.state.withLock { state in
      state.open -= 1
      return state
    }
    guard state.open == 0 else { return }
    guard !state.hasFailed else { return fetch.done(nil) }
    let found = state.found.compactMap { $0 }
    if found.isEmpty, !fetch.entries.isEmpty {
      if !self.fetch(for: fetch.client, after: after, limit: limit, done: fetch.done) { fetch.done(nil) }
      return
    }
    log.count { $0.handedOut += found.count }
    fetch.done(found)
  }

  /// There is no such file. Where it was to be, that is damage; it may have been refused or removed since it was asked for.
  private func isGone(_ entry: MailboxBook.Entry, _ client: Bytes32) {
    let isExpected = book.withLock { book in
      book.entries(client, after: entry.number - 1, since: WallTime(ns: .min), limit: 1).first
        .map { $0.number == entry.number && $0.isThere } ?? false
    }
    if isExpected { giveUp(entry, client) }
  }

  private func giveUp(_ entry: MailboxBook.Entry, _ client: Bytes32) {
    log.count { $0.damaged += 1 }
    book.withLock { $0.remove(entry.number, for: client) }
  }
}
