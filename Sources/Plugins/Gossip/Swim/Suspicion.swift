import MixNet

/// A doubt whether a node is there, which becomes certainty with time: the sooner, the more others have found it by themselves.
///
/// Source: Dadgar, Phillips, Currey, "Lifeguard: local health awareness for more accurate failure detection" (2018), section IV-B.
struct Suspicion: Sendable {
  private(set) var since: Instant
  let least: Nanos
  let most: Nanos
  /// How many others are enough for the shortest time.
  let enough: Int
  private(set) var accusers: [UInt64]
  /// Set when a link broke as well.
  private(set) var latest = Instant.never

  init(_ accuser: UInt64, least: Nanos, most: Nanos, enough: Int, now: Instant) {
    (since, self.least, self.most, accusers) = (now, least, most, [accuser])
    self.enough = min(3, max(0, enough))
  }

  /// When it is certain.
  var deadline: Instant {
    let others = min(accusers.count - 1, enough)
    let span = most - least
    return min(latest, since + (most - Nanos(span.ns / 1_000 * Self.shares[enough][others])))
  }

  /// Thousandths of log(c + 1) / log(k + 1), by k and c.
  private static let shares: [[UInt64]] = [[1_000], [0, 1_000], [0, 631, 1_000], [0, 500, 792, 1_000]]

  /// One more has found it; false when it is no news.
  mutating func confirm(_ accuser: UInt64) -> Bool {
    guard accusers.count <= enough, !accusers.contains(accuser) else { return false }
    accusers.append(accuser)
    return true
  }

  mutating func shorten(to deadline: Instant) { latest = min(latest, deadline) }

  /// This node was not running for so long: that time does not count.
  mutating func postpone(_ time: Nanos) {
    since = since + time
    latest = latest + time
  }
}
