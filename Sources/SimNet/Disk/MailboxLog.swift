public import MixNet
import Synchronization

/// What the mailboxes of one host have promised and done, through all of its processes.
public final class MailboxLog: Sendable {
  /// A message that was said to be kept, and the file that it lies in.
  public struct Kept: Sendable {
    /// Its identifier.
    public let identifier: Bytes16
    /// The file.
    public let path: String
  }

  /// How many messages had which fate.
  public struct Counts: Sendable, Equatable {
    /// Taken to be kept.
    public internal(set) var taken = 0
    /// Of these, said to be kept.
    public internal(set) var kept = 0
    /// Of these, refused: the client is unknown, there is no room, or the disk failed.
    public internal(set) var refused = 0
    /// Not taken, since too much was waiting.
    public internal(set) var turnedAway = 0
    /// Handed out.
    public internal(set) var handedOut = 0
    /// Found to be damaged, and handed to nobody.
    public internal(set) var damaged = 0
    /// Removed because they had been kept for long enough.
    public internal(set) var expired = 0

    /// Counts of nothing.
    public init() {}

    /// The sums of both.
    public static func + (a: Self, b: Self) -> Self {
      var sum = a
      sum.taken += b.taken
      sum.kept += b.kept
      sum.refused += b.refused
      sum.turnedAway += b.turnedAway
      sum.handedOut += b.handedOut
      sum.damaged += b.damaged
      sum.expired += b.expired
      return sum
    }
  }

  private struct State {
    var kept: [Kept] = []
    var counts = Counts()
  }
  private let state = Mutex(State())

  /// A log of nothing.
  public init() {}

  /// The messages that were said to be kept, in that order, but for those that have become too old.
  public var kept: [Kept] { state.withLock { $0.kept } }
  /// The sums.
  public var counts: Counts { state.withLock { $0.counts } }

  func keep(_ message: Kept) {
    state.withLock { state in
      state.kept.append(message)
      state.counts.kept += 1
    }
  }

  /// A message has become too old: nobody has to be given it any more.
  func expire(_ path: String) {
    state.withLock { state in
      state.kept.removeAll { $0.path == path }
      state.counts.expired += 1
    }
  }

  func count(_ change: (inout Counts) -> Void) { state.withLock { change(&$0.counts) } }
}
