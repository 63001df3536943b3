import MixNet

/// What is known of one peer.
struct PeerLife: Sendable {
  let id: Bytes32
  /// Links to it that are up: a new one may come before the old one has gone.
  private(set) var links = 0
  let firstConnected: Instant
  private var connectedSince: Instant
  private var formerUptime = Nanos.zero
  private(set) var lastSeen: Instant
  /// Since when its silence counts: later than it was seen when this node was not running meanwhile.
  private(set) var silentSince: Instant

  /// The last check, until its answer has come, and until when that is waited for.
  private var check: (number: UInt32, sent: Instant)?
  private(set) var deadline = Instant.never
  private var isPostponed = false
  /// When it is to be checked, or found not to need it.
  var due = Instant.never

  /// True from a check that failed, blamed on the peer or not, to one that does not.
  private(set) var hasMissed = false
  /// Checks that it failed, in a row.
  private(set) var failures = 0
  /// The last eight checks; those that failed are ones.
  private(set) var recent: UInt8 = 0
  /// Checks that it passed, by an answer or by anything else that it said, and that it failed; those that nobody was
  /// blamed for are not counted.
  private(set) var passed: UInt64 = 0
  private(set) var failed: UInt64 = 0
  private(set) var latency: RoundTrip

  init(_ id: Bytes32, now: Instant) {
    self.id = id
    (firstConnected, connectedSince, lastSeen, silentSince) = (now, now, now, now)
    latency = RoundTrip(bounds: .zero...Nanos(.max))
  }

  var isConnected: Bool { links > 0 }
  var isWaiting: Bool { deadline != .never }

  func uptime(_ now: Instant) -> Nanos { formerUptime + (isConnected ? now - connectedSince : .zero) }

  func health(_ settings: HealthSettings) -> Health {
    if failures >= max(1, settings.unhealthyAfter) { return .unhealthy }
    let isSlow = latency.smoothed > settings.slow
    let isLossy = recent.nonzeroBitCount >= max(1, settings.lossyAfter)
    return failures >= settings.degradedAfter || isLossy || isSlow ? .degraded : .healthy
  }

  // MARK: Links

  /// True for the first link of several.
  mutating func connect(_ now: Instant) -> Bool {
    links += 1
    seen(now)
    guard links == 1 else { return false }
    connectedSince = now
    return true
  }

  mutating func disconnect(_ now: Instant) {
    guard links > 0 else { return }
    links -= 1
    guard links == 0 else { return }
    formerUptime = formerUptime + (now - connectedSince)
    (deadline, due, hasMissed) = (.never, .never, false)
  }

  // MARK: Checks

  mutating func ask(_ number: UInt32, _ now: Instant, until deadline: Instant) {
    (check, self.deadline, isPostponed) = ((number, now), deadline, false)
  }

  /// Something came from it.
  mutating func seen(_ now: Instant) {
    (lastSeen, silentSince) = (max(lastSeen, now), max(silentSince, now))
    failures = 0
    guard isWaiting else { return }
    deadline = .never
    pass()
  }

  /// An answer came; one that is late still tells how long it took, unless it had to wait for this node.
  mutating func answered(_ number: UInt32, _ now: Instant, isMeasured: Bool) {
    if let check, check.number == number {
      if isMeasured, !isPostponed { latency.measured(now - check.sent) }
      self.check = nil
    }
    seen(now)
  }

  /// There was no need to ask.
  mutating func pass() {
    hasMissed = false
    recent <<= 1
    passed += 1
  }

  mutating func miss() { (deadline, hasMissed) = (.never, true) }

  /// What it missed is its own fault.
  mutating func blame() {
    failures += 1
    recent = recent << 1 | 1
    failed += 1
  }

  /// This node was not running for so long. That time does not count, and an answer may lie there unread; but a check
  /// is postponed once only, or a node that is always late would never find anything.
  mutating func postpone(_ lag: Nanos, _ now: Instant, atMost timeout: Nanos) {
    silentSince = min(now, silentSince + lag)
    guard isWaiting, !isPostponed else { return }
    (deadline, isPostponed) = (max(deadline, now + min(lag, timeout)), true)
  }
}
