import MixNet

/// The loops that are under way and what became of those before: how many were lost, how long they took, and whether somebody
/// seems to drop packets.
///
/// The alarm rises when five of the last ten loops were lost. With honest links that lose one loop of a hundred this happens at a
/// given loop with a probability of at most 252 * 0.01^5, at one loop a second less than once a year; someone who lets nothing
/// through but one packet loses them all. (Danezis and Sassaman, "Heartbeat traffic to counter (n-1) attacks", 2003.)
struct LoopBook {
  struct Loop {
    let name: Bytes16
    let sent: Instant
    /// Nil when some of its nodes are no longer in the network: whether it comes home then says nothing of anybody.
    var route: CoverRoute?
  }

  static let window = 10
  static let alarming = 5
  /// Loops that may be under way at once; one more takes the place of the oldest, which counts as lost.
  static let underWayMax = 1_024
  /// Loops that are remembered for ``results``.
  static let resultsMax = 1_000

  private let timeout: Nanos
  private var underWay: [Loop] = []
  /// Whether each of the last loops was lost, a bit each, the latest lowest.
  private var last: UInt64 = 0
  private(set) var sent = 0
  private(set) var back = 0
  private(set) var lost = 0
  private(set) var alarms = 0
  /// The last loops that have ended, for the estimate by node; a ring.
  private(set) var results: [(route: CoverRoute, isLost: Bool)] = []
  private var oldest = 0
  /// Round trips, smoothed as TCP does (RFC 6298).
  private(set) var smoothed: Nanos?

  init(timeout: Nanos) {
    self.timeout = timeout
    underWay.reserveCapacity(Self.underWayMax)
    results.reserveCapacity(Self.resultsMax)
  }

  /// Five of the last ten loops were lost.
  var isAlarming: Bool { last.nonzeroBitCount >= Self.alarming }
  /// Loops that are under way.
  var open: Int { underWay.count }
  /// When the oldest loop is given up.
  var expiry: Instant { underWay.first.map { $0.sent + timeout } ?? .never }

  mutating func send(_ loop: Loop) {
    if underWay.count >= Self.underWayMax { end(underWay.removeFirst(), isLost: true) }
    underWay.append(loop)
    sent += 1
  }

  /// A loop has come home; false for one that is not known, or was given up.
  mutating func arrive(_ name: Bytes16, _ now: Instant) -> Bool {
    guard let place = underWay.firstIndex(where: { $0.name == name }) else {
      Probe.reachable("cover.loop_too_late")
      return false
    }
    let loop = underWay.remove(at: place)
    let time = now - loop.sent
    smoothed = smoothed.map { Nanos($0.ns - $0.ns / 8 + time.ns / 8) } ?? time
    end(loop, isLost: false)
    return true
  }

  /// How the last loops ended, so many at most; the oldest first.
  func latest(_ count: Int) -> [(route: CoverRoute, isLost: Bool)] {
    Array((results[oldest...] + results[..<oldest]).suffix(count))
  }

  /// Gives up what is not back in time.
  mutating func expire(_ now: Instant) {
    while let first = underWay.first, first.sent + timeout <= now { end(underWay.removeFirst(), isLost: true) }
  }

  /// The network has changed: the node at each place has the place in `places` now, or none. What took a way by a node that is gone
  /// is kept out of all that follows, but may come home.
  mutating func renumber(_ places: [Int?]) {
    for i in underWay.indices { underWay[i].route = underWay[i].route?.moved(to: places) }
    let inOrder = results[oldest...] + results[..<oldest]
    results = inOrder.compactMap { result in result.route.moved(to: places).map { ($0, result.isLost) } }
    results.reserveCapacity(Self.resultsMax)
    oldest = 0
  }

  private mutating func end(_ loop: Loop, isLost: Bool) {
    guard let route = loop.route else {
      back += isLost ? 0 : 1
      return
    }
    let wasAlarming = isAlarming
    last = (last << 1 | (isLost ? 1 : 0)) & (1 << UInt64(Self.window) - 1)
    if isLost { lost += 1 } else { back += 1 }
    Probe.sometimes("cover.loop_lost", isLost)
    if isAlarming, !wasAlarming { alarms += 1 }
    if results.count < Self.resultsMax {
      results.append((route, isLost))
    } else {
      results[oldest] = (route, isLost)
      oldest = (oldest + 1) % Self.resultsMax
    }
  }
}
