package import MixNet

/// A node's part in broadcasting: what it has seen, keeps, passes on and asks for. Neighbours are slots; who they are, how
/// bytes get there, and whether a message's proof holds and its payload is good, is for others to say.
///
/// A message is looked at first (``look(_:from:isRepair:now:wall:_:)``), which costs little and takes note of its id. Then its proof and payload
/// are checked elsewhere, and it is accepted, ignored or rejected: before anything else is looked at, since copies that come
/// meanwhile are taken for known.
package struct Broadcast: ~Copyable, Sendable {
  private let isInPlace = InPlace()
  package let settings: BroadcastSettings
  package internal(set) var tree: GossipTree
  package internal(set) var cache: MessageCache
  package internal(set) var dedup: DedupCache
  package internal(set) var windows: OriginWindows
  package var watch: NeighbourWatch
  private var random: RandomStream
  private var nextRepair = Instant.never
  /// Where the next digest begins.
  private var digestKey: UInt64 = 0
  var treeEffects: [TreeEffect] = []
  /// When each neighbour may send a digest again.
  var compared = InlineArray<16, Instant>(repeating: .zero)

  /// `seed` is a secret of the node's, by which ids are found.
  package init(
    _ settings: BroadcastSettings = BroadcastSettings(), random: consuming RandomStream, seed: Seed
  ) {
    self.settings = settings
    self.random = random
    tree = GossipTree(settings.tree)
    cache = MessageCache(
      bytesMax: settings.cacheBytes, messagesMax: settings.cacheMessages, keep: settings.cacheKeep, seed: seed)
    dedup = DedupCache(capacity: settings.dedupMax, keep: settings.dedupKeep, seed: seed)
    windows = OriginWindows(capacity: settings.tree.originsMax, seed: seed.derived("origins"))
    watch = NeighbourWatch(settings.watch)
  }

  /// When there is something to do by itself.
  package var next: Instant { min(tree.next, tree.up.isEmpty ? .never : nextRepair) }

  // MARK: Neighbours

  /// A neighbour has come: it is told of the latest messages, which it may have missed while it was alone.
  package mutating func came(_ slot: Slot, now: Instant, _ effects: inout [BroadcastEffect]) {
    tree.came(slot)
    watch.came(slot, now: now)
    cache.forgetAnswers(to: slot)
    let since = Instant(ns: now.ns - min(now.ns, Nanos.s(10).ns))
    for entry in cache.since(since).suffix(settings.newcomerMax) {
      let announcement = Announcement(id: entry.id, origin: entry.origin, hop: entry.hop &+ 1)
      tree.announce(announcement, to: slot, now, &treeEffects)
      if !treeEffects.isEmpty { carryOut(now, &effects) }
    }
    if nextRepair == .never { planRepair(now) }
  }

  package mutating func went(_ slot: Slot) {
    tree.went(slot)
    watch.went(slot)
  }

  package mutating func roundTrip(_ time: Nanos, of slot: Slot) { tree.roundTrip(time, of: slot) }

  /// Whether a neighbour hears only announcements.
  package mutating func demote(_ slot: Slot, _ isDemoted: Bool) {
    if isDemoted, tree.up.contains(slot) { tree.demoted.insert(slot) } else { tree.demoted.remove(slot) }
  }

  // MARK: Time

  package mutating func tick(_ now: Instant, _ effects: inout [BroadcastEffect]) {
    tree.tick(now, &treeEffects)
    carryOut(now, &effects)
    guard nextRepair <= now else { return }
    planRepair(now)
    guard !tree.up.isEmpty else { return }
    var neighbours: [Slot] = []
    tree.up.forEach { neighbours.append($0) }
    let slot = neighbours[Int(random.below(UInt64(neighbours.count)))]
    let since = heardSince(now)
    let digest = OriginDigest(windows, from: digestKey, since: since)
    digestKey = digest.next
    effects.append(.tell(.digest(digest, wantsAnswer: true), to: slot))
  }

  /// Digests tell of origins that were heard since then: what a neighbour still keeps may have come to it later than here.
  func heardSince(_ now: Instant) -> Instant { Instant(ns: now.ns - min(now.ns, (settings.cacheKeep * 2).ns)) }

  private mutating func planRepair(_ now: Instant) {
    let interval = settings.repairInterval.ns
    nextRepair = now + Nanos(interval - interval / 10 + random.below(interval / 5 + 1))
  }

  /// Turns what the tree wants into what is sent.
  mutating func carryOut(_ now: Instant, _ effects: inout [BroadcastEffect]) {
    for effect in treeEffects {
      switch effect {
      case .push(let id, let slots, let hop): effects.append(.message(id, to: slots, hop: hop))
      case .announce(let slot):
        let all = tree.takeAnnouncements(of: slot)
        if !all.isEmpty { effects.append(.tell(.announce(all), to: slot)) }
      case .graft(let id, let origin, let slot):
        watch.asked(id, slot, now: now)
        effects.append(.tell(.graft(id, origin: origin), to: slot))
      case .prune(let origin, let slot): effects.append(.tell(.prune(origin: origin), to: slot))
      case .answer(let id, let slot):
        if let entry = cache[id], cache.mayAnswer(id, to: slot) {
          effects.append(.message(id, to: Slots([slot]), hop: entry.hop &+ 1))
        } else {
          effects.append(.tell(.notFound(id), to: slot))
        }
      }
    }
    treeEffects.removeAll(keepingCapacity: true)
  }
}
