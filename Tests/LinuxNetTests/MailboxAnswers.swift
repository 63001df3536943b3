import MixNet
import Synchronization

@testable import LinuxNet

/// What a keeper answers to the jobs that this makes.
final class Answered: Sendable {
  private let found = Mutex<(refusals: [MailboxRefusal?], fetched: [[UInt64]], failure: SQLiteFailure?)>(([], [], nil))

  /// The answers to messages, in order; nil for one that was kept.
  var refusals: [MailboxRefusal?] { found.withLock { $0.refusals } }
  /// The numbers that each fetch gave.
  var fetched: [[UInt64]] { found.withLock { $0.fetched } }
  /// Why the last transaction failed.
  var lastFailure: SQLiteFailure? { found.withLock { $0.failure } }

  func report(_ failure: SQLiteFailure?) { found.withLock { $0.failure = failure } }

  func store(_ payload: [UInt8], for client: Bytes32) -> MailboxJob {
    .store(payload, identifier: Bytes16(), client: client) { [self] refusal in
      found.withLock { $0.refusals.append(refusal) }
    }
  }

  func fetch(_ client: Bytes32) -> MailboxJob {
    .fetch(client: client, after: 0, limit: 1_000) { [self] messages in
      found.withLock { $0.fetched.append((messages ?? []).map(\.number)) }
    }
  }
}
