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
