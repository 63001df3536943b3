package import MixNet

/// Which nodes are there: each probes one in each period, asks others to probe it too when it does not answer, then suspects it, and after a while
/// takes it for dead. What anybody finds goes along with the probes.
///
/// A node that is slow itself finds others slow. So it doubts itself (Lifeguard): when its probes fail and nobody else says that the target is
/// silent, or when others suspect it, it probes more slowly; a suspicion lasts long unless several found it by themselves; and when this node was not
/// running for a while, what it was waiting for gets that time on top.
///
/// Events are the mutating calls; what is to be done, and what is new, is appended to the caller's list. The shell makes sure that messages come
/// from members of the cluster; a member can lie, and what it says is bounded: messages by their size, answers and new names by rates,
/// incarnations by how far they may jump.
///
/// Sources: Das, Gupta, Motivala, "SWIM" (2002); Dadgar, Phillips, Currey, "Lifeguard" (2018).
package struct Swim: ~Copyable, Sendable {
  private let isInPlace = InPlace()
  package internal(set) var own: NodeRecord
  package let settings: SwimSettings
  var random: RandomStream
  var members = MemberList()
  var news = UpdateQueue()
  var probes: [Probe] = []
  var errands: [Errand] = []
  /// Nodes that are suspected.
  var suspects: [Bytes32] = []
  /// Nodes that died a short while ago, and until when they are told.
  var told: [(id: Bytes32, until: Instant)] = []
  /// Nodes whose links broke, and until when that counts.
  var hints: [(id: Bytes32, until: Instant)] = []
  var pull: Pull?
  var roundTrip: RoundTrip
  /// How much this node doubts itself: 0 not at all.
  package internal(set) var doubt = 0
  var nextProbe = Instant.never
  var nextNews = Instant.never
  var nextPull = Instant.never
  /// It has not asked anybody but seeds for a list yet.
  private var isNew = true
  var nextVisit = Instant.never
  /// When it was to be called at the latest.
  var due = Instant.never
  var isRunning = false
  /// Nodes of which others told are new names, which cost nothing; answers cost this node something.
  var names = TokenBucket(rate: 200, burst: 8_192, now: .zero)
  var answers = TokenBucket(rate: 2_000, burst: 4_000, now: .zero)
  package internal(set) var ignored = 0
  /// How often this node was said to be alive somewhere else.
  var sightings = 0
  /// Suspicions of this node's own.
  package internal(set) var accusations = 0

  /// A node that knows nobody. `own` has the incarnation that was kept from the former life: this one begins with the next.
  package init(_ own: NodeRecord, _ settings: SwimSettings = SwimSettings(), seed: Seed) {
    self.own = own
    self.settings = settings
    random = RandomStream(seed: seed)
    roundTrip = RoundTrip(bounds: .zero...settings.timeoutMax)
  }

  // MARK: What there is

  /// Nodes that are there, this one and the suspects with them.
  package var present: Int { members.present + 1 }
  /// How often it may have changed who is there, and where.
  var presenceChanges: UInt64 { members.changes }
  package func status(_ id: Bytes32) -> MemberUpdate.Status? { members[id]?.status }
  package func isPresent(_ id: Bytes32) -> Bool { members[id]?.isThere ?? false }
  /// Those that are there, but for this one; the suspects with them.
  package var presentNodes: [NodeRecord] { members.all.filter(\.isThere).map(\.record) }
  package func record(_ id: Bytes32) -> NodeRecord? { members[id]?.record }
  /// All that are known, the dead with them.
  package var known: [NodeRecord] { members.all.map(\.record) }

  /// When there is something to do by itself.
  package var next: Instant {
    guard isRunning else { return .never }
    var next = min(nextProbe, nextNews, nextPull, nextVisit)
    for probe in probes { next = min(next, probe.next) }
    for errand in errands { next = min(next, errand.due) }
    for id in suspects { next = min(next, members[id]?.suspicion?.deadline ?? .never) }
    if let pull { next = min(next, pull.due) }
    return next
  }

  // MARK: Events

  /// Begins: over seeds in the one mode, with whom it is told to watch in the other.
  package mutating func start(seeds: [Address] = [], now: Instant, _ effects: inout [SwimEffect]) {
    guard !isRunning else { return }
    (isRunning, isNew) = (true, true)
    own.incarnation = min(own.incarnation + 1, Self.incarnationMax - 1)
    effects.append(.incarnation(own.incarnation))
    nextProbe = now + Nanos(random.below(settings.period.ns))
    nextVisit = now + settings.revisit
    if settings.mode == .everybody {
      // Who came at the same time is soon known, too.
      nextPull = now + .s(1)
      join(seeds, now, &effects)
    }
    due = next
  }

  package mutating func tick(_ now: Instant, _ effects: inout [SwimEffect]) {
    guard isRunning else { return }
    noticeLag(now)
    work(now, &effects)
    due = next
  }

  /// A message came from a member of the cluster.
  package mutating func receive(_ message: SwimMessage, now: Instant, _ effects: inout [SwimEffect]) {
    guard isRunning else { return }
    noticeLag(now)
    // What says that it comes from here does not, and no answer is to go here.
    if message.sender?.id == own.id { ignored += 1 } else { take(message, now, &effects) }
    if due <= now { work(now, &effects) }
    due = next
  }

  private mutating func take(_ message: SwimMessage, _ now: Instant, _ effects: inout [SwimEffect]) {
    switch message {
    case .ping(let number, let target, let from, let updates):
      hear(updates, now, &effects)
      meet(from, now, &effects)
      answer(number, target, from, now, &effects)
    case .ack(let number, let incarnation, let updates):
      hear(updates, now, &effects)
      acknowledged(number, incarnation, now, &effects)
    case .pingRequest(let number, let budget, let from, let target, let updates):
      hear(updates, now, &effects)
      meet(from, now, &effects)
      run(number, .ms(UInt64(budget)), from, target, now, &effects)
    case .nack(let number): denied(number)
    case .gossip(let updates): hear(updates, now, &effects)
    case .pull(let after, let from, let count):
      meet(from, now, &effects)
      give(after, from, count, now, &effects)
    case .piece(let after, let isLast, let updates): pulled(after, isLast, updates, now, &effects)
    }
  }

  private mutating func work(_ now: Instant, _ effects: inout [SwimEffect]) {
    for probe in probes where probe.next <= now { advance(probe.number, now, &effects) }
    for errand in errands where errand.due <= now {
      errands.removeAll { $0.number == errand.number }
      effects.append(.send(.nack(errand.asked), to: errand.from.id, at: errand.from.address))
    }
    for id in suspects where (members[id]?.suspicion?.deadline ?? .never) <= now { bury(id, now, &effects) }
    if nextProbe <= now {
      nextProbe = now + settings.period * UInt64(doubt + 1)
      if let member = members.nextToProbe(&random) { probe(member, isHinted: false, now, &effects) }
    }
    if nextNews <= now { spread(now, &effects) }
    if nextVisit <= now { visit(now, &effects) }
    if let pull, pull.due <= now { askAgain(pull, now, &effects) }
    if nextPull <= now {
      nextPull = now + (isNew ? .s(4) : pullPause)
      if pull == nil, let member = members.some(1, &random, where: { $0.status == .alive }).first {
        begin(member.record.id, member.record.address, now, &effects)
        isNew = false
      }
    }
  }

  /// When this call comes much later than it was due, the node did not run: it knows nothing of that time, so it cannot blame anybody for it.
  private mutating func noticeLag(_ now: Instant) {
    guard settings.lifeguard, due != .never, now - due > settings.lagMax else { return }
    let lag = now - due
    blame(1)
    for place in probes.indices { probes[place].postpone(lag) }
    for id in suspects { members.change(id) { $0.suspicion?.postpone(lag) } }
    if var pull {
      pull.due = pull.due + lag
      self.pull = pull
    }
  }

  /// This node may be at fault itself; less than nothing: it is well.
  mutating func blame(_ points: Int) {
    if settings.lifeguard { doubt = min(settings.doubtMax, max(0, doubt + points)) }
  }

  /// Messages queue up here, or the loop comes late, as the shell has seen.
  package mutating func overloaded() { blame(1) }
}
