package import MixNet

/// How the peers of a node do: when they were last heard, whether they answer, and who is to be replaced or forgotten.
///
/// A peer that has said nothing for a while is asked over its link. Anything that comes from it counts as the answer,
/// so of those that talk nobody is asked. Only several failures in a row make a peer degraded or unhealthy.
///
/// A node that is slow itself, or has lost its network, finds everybody silent. So what a peer missed is blamed on it
/// only as long as not more than half of the others have missed their last check, too; otherwise this node doubts
/// itself. And when it was not running for a while, what it was waiting for gets that time on top. Peers that are
/// really all gone, or agree to be silent, are forgotten in the end, as everybody who has said nothing for very long.
///
/// Events are the mutating calls; what is to be done is appended to the caller's list. Finding nodes that are dead
/// within seconds is the business of ``Swim``; this is about links, and takes minutes.
package struct HealthBook: ~Copyable, Sendable {
  package let settings: HealthSettings
  private var random: RandomStream
  private var peers: [PeerLife] = []
  private var places: [Bytes32: Int] = [:]
  /// When ``tick(_:doubt:_:)`` is to be called. What comes from peers may put that off; this does not say so at once.
  package private(set) var next = Instant.never

  /// A book of nobody.
  package init(_ settings: HealthSettings = HealthSettings(), seed: Seed) {
    self.settings = settings
    random = RandomStream(seed: seed)
  }

  // MARK: What there is

  /// Peers that are known, connected or not.
  package var count: Int { peers.count }

  /// How a peer does; nil when it is not known.
  package func health(of id: Bytes32) -> Health? { places[id].map { peers[$0].health(settings) } }

  /// What is known of a peer; nil when nothing is.
  package func peer(_ id: Bytes32, now: Instant) -> PeerHealth? {
    places[id].map { PeerHealth(peers[$0], settings, at: now) }
  }

  /// What is known of all.
  package func all(_ now: Instant) -> [PeerHealth] { peers.map { PeerHealth($0, settings, at: now) } }

  // MARK: Events

  /// A link to the peer is up. False when there is no room for one more: it is not watched then. Those that are not
  /// connected any more make room, the one first that has said nothing for longest.
  @discardableResult
  package mutating func connected(_ id: Bytes32, now: Instant) -> Bool {
    guard let place = places[id] ?? add(id, now) else { return false }
    if peers[place].connect(now) { plan(place, after: now) }
    return true
  }

  /// A link to the peer is down.
  package mutating func disconnected(_ id: Bytes32, now: Instant) {
    guard let place = places[id] else { return }
    peers[place].disconnect(now)
    next = min(next, peers[place].silentSince + settings.stale)
  }

  /// Anything came from the peer. `place`: where it was last found, at first anything.
  package mutating func seen(_ id: Bytes32, near place: inout Int, now: Instant) {
    if !peers.indices.contains(place) || peers[place].id != id {
      guard let found = places[id] else { return }
      place = found
    }
    peers[place].seen(now)
  }

  /// Anything came from the peer.
  package mutating func seen(_ id: Bytes32, now: Instant) {
    var place = 0
    seen(id, near: &place, now: now)
  }

  /// The peer answered a check.
  package mutating func answered(_ id: Bytes32, _ number: UInt32, now: Instant) {
    guard let place = places[id] else { return }
    peers[place].answered(number, now, isMeasured: lag(now) == .zero)
  }

  /// Forgets, judges, checks. `doubt`: how much this node doubts itself (``Swim/doubt``); it then waits that many times
  /// longer.
  package mutating func tick(_ now: Instant, doubt: Int = 0, _ effects: inout [HealthEffect]) {
    guard next <= now else { return }
    noticeLag(now)
    // First: of who is forgotten nothing else is said.
    forget(now, &effects)
    judge(now, &effects)
    check(now, doubt, &effects)
    next = peers.reduce(.never) { min($0, $1.due, $1.deadline, $1.silentSince + settings.stale) }
  }

  // MARK: Time

  /// How long this node was not running: zero unless it is called much later than it was to be.
  private func lag(_ now: Instant) -> Nanos { now - next > settings.lagMax ? now - next : .zero }

  private mutating func noticeLag(_ now: Instant) {
    let lag = lag(now)
    guard lag > .zero else { return }
    for place in peers.indices { peers[place].postpone(lag, now, atMost: settings.timeout) }
  }

  /// Those whose time to answer is over. First all of them are noted, since it matters how many they are.
  private mutating func judge(_ now: Instant, _ effects: inout [HealthEffect]) {
    var late: [Int] = []
    for place in peers.indices where peers[place].deadline <= now {
      peers[place].miss()
      late.append(place)
    }
    guard !late.isEmpty else { return }
    let (connected, missed) = peers.reduce((0, 0)) {
      ($0.0 + ($1.isConnected ? 1 : 0), $0.1 + ($1.hasMissed ? 1 : 0))
    }
    // Each of the late has missed its check itself.
    guard 2 * (missed - 1) <= connected - 1 else { return effects.append(.doubt) }
    for place in late {
      peers[place].blame()
      if peers[place].health(settings) == .unhealthy { effects.append(.replace(peers[place].id)) }
    }
  }

  private mutating func check(_ now: Instant, _ doubt: Int, _ effects: inout [HealthEffect]) {
    for place in peers.indices where peers[place].due <= now {
      // Whoever missed the last check is asked again, whatever it has said since: the answer may have been late.
      if !peers[place].hasMissed, peers[place].lastSeen + settings.interval > now {
        peers[place].pass()
        plan(place, after: peers[place].lastSeen)
        continue
      }
      plan(place, after: now)
      guard !peers[place].isWaiting else { continue }
      let number = UInt32(truncatingIfNeeded: random.next())
      let wait = settings.timeout * UInt64(min(max(0, doubt), 64) + 1)
      peers[place].ask(number, now, until: now + wait)
      effects.append(.check(peers[place].id, number: number))
    }
  }

  /// When it is looked at a peer again that says nothing until then.
  private mutating func plan(_ place: Int, after time: Instant) {
    let interval = max(settings.interval, .ms(1))
    peers[place].due = time + interval + Nanos(random.below(interval.ns / 4))
    next = min(next, peers[place].due)
  }

  private mutating func forget(_ now: Instant, _ effects: inout [HealthEffect]) {
    var place = 0
    while place < peers.count {
      if peers[place].silentSince + settings.stale <= now {
        effects.append(.stale(peers[place].id))
        remove(place)
      } else {
        place += 1
      }
    }
  }

  // MARK: Room

  private mutating func add(_ id: Bytes32, _ now: Instant) -> Int? {
    if peers.count >= settings.peersMax {
      let gone = peers.indices.filter { !peers[$0].isConnected }
      guard let oldest = gone.min(by: { peers[$0].silentSince < peers[$1].silentSince }) else { return nil }
      remove(oldest)
    }
    places[id] = peers.count
    peers.append(PeerLife(id, now: now))
    return peers.count - 1
  }

  private mutating func remove(_ place: Int) {
    places[peers[place].id] = nil
    peers.swapAt(place, peers.count - 1)
    peers.removeLast()
    if place < peers.count { places[peers[place].id] = place }
  }
}
