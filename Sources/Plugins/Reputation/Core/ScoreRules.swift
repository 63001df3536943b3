import MixHost
import MixNet

/// How conduct becomes a score.
struct ScoreRules: Equatable, Sendable {
  /// Which of the two ways.
  enum Preset: String, CaseIterable, Sendable {
    /// Points that are added up, and lose ten in ten minutes.
    case simple
    /// Parts, each with a half-life, as gossipsub has them; offences count by their square.
    case full
  }

  var preset = Preset.full
  /// Nodes of which something is remembered; see ``ReputationBook``.
  var recordsMax = 4_096
  /// How long a node is remembered that is not connected, after it was last seen.
  var kept = Nanos.s(2 * 3_600)

  /// Scores go from minus this to this.
  static let scoreMax = 1_000
  /// From this score on a node is trusted, and to this one warned.
  static let (trusted, warned) = (100, -100)
  /// Penalties of so many points ban.
  static let ban = 500
  /// The score after a ban: a node that goes on as before is banned again soon.
  static let pardoned = -250
  /// The first ban's length; each that follows is twice as long as the one before, up to the longest.
  static let (term, termMax) = (Nanos.s(3_600), Nanos.s(24 * 3_600))
  /// So long after its end a ban is remembered: the next one is longer until then.
  static let memory = Nanos.s(24 * 3_600)

  /// A ban's length, after so many others.
  static func term(after bans: Int) -> Nanos { min(termMax, term * (1 << UInt64(min(max(0, bans), 8)))) }

  /// The marks of a node of which nothing is known.
  func tally(at time: BookTime) -> Tally {
    switch preset {
    case .simple: .simple(SimpleTally(at: time))
    case .full: .full(FullTally(at: time))
    }
  }
}

/// A point on the book's clock: nanoseconds of the node's monotonic clock, which began when the machine did. What the book knows from
/// before that, out of its file, has times below zero.
struct BookTime: Comparable, Hashable, Sendable {
  /// Far enough from the ends that no sum or difference of two overflows.
  private static let bound: Int64 = 1 << 61
  let ns: Int64

  init(ns: Int64) { self.ns = min(max(ns, -Self.bound), Self.bound) }
  init(_ instant: Instant) { self.init(ns: Int64(clamping: instant.ns)) }

  static func < (a: Self, b: Self) -> Bool { a.ns < b.ns }
  static func + (a: Self, d: Nanos) -> Self { Self(ns: a.ns + min(Int64(clamping: d.ns), bound)) }
  /// So long before.
  static func - (a: Self, d: Nanos) -> Self { Self(ns: a.ns - min(Int64(clamping: d.ns), bound)) }
  /// The time from `b` to `a`; zero when `b` is the later one.
  static func - (a: Self, b: Self) -> Nanos { Nanos(UInt64(max(0, a.ns - b.ns))) }
}
