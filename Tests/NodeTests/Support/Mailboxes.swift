import LinuxNet
import MixNet
import Synchronization

@testable import HearsayCommand

/// A mailbox that keeps nothing, as on a full disk; without a refusal it takes no job at all.
final class BrokenMailbox: StoppableMailbox {
  let refusal = Mutex<MailboxRefusal?>(.full)

  func register(_ client: Bytes32) -> Bool { refusal.withLock { $0 != nil } }

  func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, done: @escaping @Sendable (MailboxRefusal?) -> Void
  ) -> Bool {
    guard let refusal = refusal.withLock({ $0 }) else { return false }
    done(refusal)
    return true
  }

  func fetch(
    for client: Bytes32, after: UInt64, limit: Int, done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) -> Bool { false }
  func remove(upTo number: UInt64, for client: Bytes32) -> Bool { false }
  func stop() {}
}

/// A mailbox in memory that answers a question for messages when it is told to, and has bad moments.
final class LateMailbox: StoppableMailbox {
  /// Questions that wait for their answer; nil when each is answered at once.
  let questions = Mutex<[@Sendable () -> Void]?>(nil)
  /// So many questions are answered with nothing readable from now on, and so many registrations are not taken.
  let unreadable = Mutex(0)
  let refused = Mutex(0)
  private let memory = MemoryMailbox(MailboxLimits()) { SystemClock().wall }

  func register(_ client: Bytes32) -> Bool {
    let isRefused = refused.withLock { count in
      count -= count > 0 ? 1 : 0
      return count > 0
    }
    return !isRefused && memory.register(client)
  }

  func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, done: @escaping @Sendable (MailboxRefusal?) -> Void
  ) -> Bool { memory.store(payload, identifier: identifier, for: client, done: done) }

  func fetch(
    for client: Bytes32, after: UInt64, limit: Int, done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) -> Bool {
    let isUnreadable = unreadable.withLock { count in
      defer { count -= count > 0 ? 1 : 0 }
      return count > 0
    }
    if isUnreadable {
      done(nil)
      return true
    }
    let answer: @Sendable () -> Void = { [memory] in
      _ = memory.fetch(for: client, after: after, limit: limit, done: done)
    }
    let isKept = questions.withLock { waiting in
      waiting?.append(answer)
      return waiting != nil
    }
    if !isKept { answer() }
    return true
  }

  func remove(upTo number: UInt64, for client: Bytes32) -> Bool { memory.remove(upTo: number, for: client) }
  func stop() {}
}

/// A mailbox in memory that notes what it is told to forget.
final class WatchedMailbox: StoppableMailbox {
  let removals = Box<[UInt64]>([])
  private let memory = MemoryMailbox(MailboxLimits()) { SystemClock().wall }

  func register(_ client: Bytes32) -> Bool { memory.register(client) }

  func store(
    _ payload: [UInt8], identifier: Bytes16, for client: Bytes32, done: @escaping @Sendable (MailboxRefusal?) -> Void
  ) -> Bool { memory.store(payload, identifier: identifier, for: client, done: done) }

  func fetch(
    for client: Bytes32, after: UInt64, limit: Int, done: @escaping @Sendable ([MailboxMessage]?) -> Void
  ) -> Bool { memory.fetch(for: client, after: after, limit: limit, done: done) }

  func remove(upTo number: UInt64, for client: Bytes32) -> Bool {
    removals.set((removals.value ?? []) + [number])
    return memory.remove(upTo: number, for: client)
  }

  func stop() {}
}
