import MixNet

/// When a client sends that does not show when it has something to say: at the ticks of a Poisson clock, something real if there
/// is any, and else a loop, which comes home. (Piotrowska and others, "The Loopix anonymity system", 2017, 4.1.)
struct ClientCover {
  private static let underWayMax = 65_536
  private var clock = PoissonClock()
  /// The identifiers of the loops that are under way; for look-ups and counts only.
  private var underWay: Set<Bytes16> = []
  /// Loops that were sent, and those that are back.
  private(set) var sent = 0
  private(set) var back = 0

  /// A clock whose ticks are `mean` apart in the mean, the first one after a pause like any other.
  init(mean: Nanos, now: Instant, _ random: inout RandomStream) { clock.setMean(mean, now: now, &random) }

  /// The next tick; never when it was stopped.
  var next: Instant { clock.next }
  /// How many loops are not back yet.
  var open: Int { underWay.count }

  /// True for a tick that has come; each is told once.
  mutating func ticks(_ now: Instant, _ random: inout RandomStream) -> Bool { clock.strikes(now, &random) }

  /// There are no more ticks.
  mutating func stop(_ random: inout RandomStream) { clock.setMean(nil, now: .zero, &random) }

  mutating func send(_ identifier: Bytes16) {
    // Of a network that gives none back so many are remembered.
    if underWay.count < Self.underWayMax { underWay.insert(identifier) }
    sent += 1
  }

  /// True when the message is a loop that has come home.
  mutating func take(_ identifier: Bytes16) -> Bool {
    guard underWay.remove(identifier) != nil else { return false }
    back += 1
    return true
  }
}
