package import MixNet

/// Whom a node is joined to: a few neighbours, with a link to each, and a larger number of nodes that can take their place.
///
/// Links are symmetric: either both ends are neighbours over it or none. New nodes come by a seed, which takes them and sends their name on
/// walks, so that they get neighbours all over the network; from time to time nodes exchange some of those that they know, by a walk as well.
/// Events are the mutating calls; what is to be done is appended to the caller's list.
///
/// The shell makes sure that a record in ``ViewMessage/join(_:)``, ``ViewMessage/neighbour(_:_:)``, and the answers to them has the id that
/// the link's peer has proved, where nodes have proofs. All else that a peer says may be a lie, and is bounded: lists by the wire, walks by a rate for each neighbour,
/// hearsay by the passive view's quotas. Four things keep sybils from surrounding a node: links to anchors, of which requests take none
/// away; neighbours that it dialled itself or has had for long, which requests do not take away either; few neighbours in one netgroup; and a rate at
/// which requests can have somebody sent away at all. Whom to believe beyond that is the score's business: ``trust(_:_:)``,
/// ``protect(_:_:)``, ``ban(_:for:now:_:)``.
///
/// Source: Leitao, Pereira, Rodrigues, "HyParView" (2007). There whoever is asked urgently sends a neighbour away at once, a shuffle's answer
/// comes over a link of its own, and nobody is trusted less than another.
package struct HyParView: ~Copyable, Sendable {
  private let isInPlace = InPlace()
  package private(set) var own: NodeRecord
  package var settings: ViewSettings
  var random: RandomStream
  var active = ActiveView()
  var passive: PassiveView
  var backoffs = Backoffs()
  var dials: [Dial] = []
  var walks: [Walk] = []
  var dialsMade: UInt64 = 0
  /// How long requests take.
  var requests: RoundTrip
  /// How often somebody may be sent away for others' sake (5 tokens each), how often a new node's name is spread and how often it is dialled.
  var evictions = TokenBucket(rate: 1, burst: 40, now: .zero)
  var evictors: [(group: Netgroup, until: Instant)] = []
  var spreads = TokenBucket(rate: 10, burst: 64, now: .zero)
  var approaches = TokenBucket(rate: 2, burst: 16, now: .zero)
  var began = Instant.never
  var nextShuffle = Instant.never
  /// When it is looked again for what is missing.
  var nextRepair = Instant.never
  var seedsDue = Instant.zero
  var seedPause = Nanos.s(1)
  var nextSeed = 0
  var anchorsDue: [Instant]
  var isLeaving = false
  /// Messages that came too often, or that nobody had asked for.
  package internal(set) var ignored = 0

  /// A node that knows nobody but its seeds.
  package init(_ own: NodeRecord, _ settings: ViewSettings, seed: Seed) {
    (self.own, self.settings) = (own, settings)
    random = RandomStream(seed: seed)
    passive = PassiveView(capacity: settings.passiveSize, limitsNetgroups: settings.limitsNetgroups)
    requests = RoundTrip(bounds: settings.requestTimeout...max(settings.requestTimeout, .s(5)))
    anchorsDue = settings.anchors.map { _ in .zero }
  }

  // MARK: What there is

  /// The neighbours.
  package var up: Slots { active.up }
  package func neighbour(_ slot: Slot) -> NodeRecord? { active[slot]?.record }
  package func link(_ slot: Slot) -> LinkNumber? { active[slot]?.link }
  /// True when one of the two has the other for an anchor.
  package func isBound(_ slot: Slot) -> Bool { active[slot].map { $0.isAnchor || $0.isPinned } ?? false }
  package func isAnchor(_ slot: Slot) -> Bool { active[slot]?.isAnchor ?? false }
  package var passiveNodes: [NodeRecord] { passive.entries.map(\.record) }

  /// When there is something to do by itself.
  package var next: Instant { dials.reduce(min(nextShuffle, nextRepair)) { min($0, $1.deadline) } }

  // MARK: Events

  /// Begins to look for neighbours; `known` are nodes that were met in a former life.
  package mutating func start(known: [NodeRecord] = [], now: Instant, _ effects: inout [ViewEffect]) {
    guard began == .never else { return }
    began = now
    nextShuffle = now + Nanos(settings.shuffleEarly.ns / 4 + random.below(settings.shuffleEarly.ns / 2))
    for record in known.prefix(settings.passiveSize / 2) where record.id != own.id {
      passive.met(record, now: now, rests: now)
    }
    repair(now, &effects)
  }

  package mutating func tick(_ now: Instant, _ effects: inout [ViewEffect]) {
    guard began != .never, !isLeaving else { return }
    while let late = dials.first(where: { $0.deadline <= now }) { giveUp(late, now, &effects) }
    if nextShuffle <= now { shuffle(now, &effects) }
    repair(now, &effects)
  }

  /// A message came over a link that is open.
  package mutating func receive(
    _ message: ViewMessage, on link: LinkNumber, now: Instant, _ effects: inout [ViewEffect]
  ) {
    guard began != .never, !isLeaving else { return }
    switch message {
    case .join(let node): answer(node, .urgent, isNew: true, link, now, &effects)
    case .neighbour(let node, let need): answer(node, need, isNew: false, link, now, &effects)
    case .accepted(let node, let peers): accepted(node, peers, link, now, &effects)
    case .refused(let node, let backoff, let peers): refused(node, .s(UInt64(backoff)), peers, link, now, &effects)
    default:
      guard let slot = active.slot(of: link) else {
        ignored += 1
        return
      }
      take(message, from: slot, now, &effects)
    }
    repair(now, &effects)
  }

  private mutating func take(
    _ message: ViewMessage, from slot: Slot, _ now: Instant, _ effects: inout [ViewEffect]
  ) {
    switch message {
    case .forwardJoin(let node, let ttl): walk(node, ttl, from: slot, now, &effects)
    case .shuffle(let walk, let ttl, let origin, let peers):
      shuffled(walk, ttl, origin, peers, from: slot, now, &effects)
    case .shuffleReply(let walk, let peers): replied(walk, peers, from: slot, now, &effects)
    case .disconnect(let isLeaving, let backoff, let peers):
      disconnected(slot, isLeaving, .s(UInt64(backoff)), peers, now, &effects)
    case .join, .neighbour, .accepted, .refused: break
    }
  }

  /// A link broke, or was closed from the other side.
  package mutating func linkDown(_ link: LinkNumber, now: Instant, _ effects: inout [ViewEffect]) {
    if let slot = active.slot(of: link) {
      down(slot, closes: false, rests: now + .s(1), now, &effects)
    } else if let dial = dials.first(where: { $0.link == link }) {
      giveUp(dial, now, &effects)
    }
    if began != .never, !isLeaving { repair(now, &effects) }
  }

  /// The network has about so many nodes.
  package mutating func expect(nodes: Int) {
    settings.expectedNodes = nodes
    passive.capacity = settings.passiveSize
  }

  /// This node had to speak up with a higher incarnation.
  package mutating func raise(to incarnation: UInt64) { own.incarnation = max(own.incarnation, incarnation) }

  /// Whether what a neighbour says of other nodes is taken.
  package mutating func trust(_ slot: Slot, _ isTrusted: Bool) { active.change(slot) { $0.isTrusted = isTrusted } }

  /// Whether a neighbour has proved its worth, so that no request takes its place.
  package mutating func protect(_ slot: Slot, _ isProtected: Bool) {
    active.change(slot) { $0.isProtected = isProtected }
  }
}
