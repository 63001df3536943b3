package import MixNet

/// A node's part in broadcasting: what it has seen, keeps, passes on and asks for. Neighbours are slots; who they are, how
/// bytes get there, and whether a message's proof holds and its payload is good, is for others to say.
///
/// A message is looked at first (``look(_:from:isRepair:now:wall:_:)``), which costs little and takes note of its id. Then its proof and payload
/// are checked elsewhere, and it is accepted, ignored or rejected: before anything else is looked at, since copies that come
/// meanwhile are taken for known.
package struct Broadcast: ~Copyable, Sendable {
  package let settings: BroadcastSettings
  package private(set) var tree: GossipTree
  package private(set) var cache: MessageCache
  package private(set) var dedup: DedupCache
  package private(set) var windows: OriginWindows
  package var watch: NeighbourWatch
  private var random: RandomStream
  private var nextRepair = Instant.never
  /// Where the next digest begins.
  private var digestKey: UInt64 = 0
  private var treeEffects: [TreeEffect] = []
  /// When each neighbour may send a digest again.
  private var compared = InlineArray<16, Instant>(repeating: .zero)

  package init(_ settings: BroadcastSettings = BroadcastSettings(), random: consuming RandomStream) {
    self.settings = settings
    self.random = random
    tree = GossipTree(settings.tree)
    cache = MessageCache(
      bytesMax: settings.cacheBytes, messagesMax: settings.cacheMessages, keep: settings.cacheKeep)
    dedup = DedupCache(capacity: settings.dedupMax, keep: settings.dedupKeep)
    windows = OriginWindows(capacity: settings.tree.originsMax)
    watch = NeighbourWatch(settings.watch)
  }

  /// When there is something to do by itself.
  package var next: Instant { min(tree.next, tree.up.isEmpty ? .never : nextRepair) }

  // MARK: Messages

  /// What becomes of a message that a neighbour sent, as far as its header tells.
  package enum Look: Hashable, Sendable {
    /// It is new: check its proof and its payload, then accept or reject it.
    case new
    case duplicate
    case refused(MessageRefusal)
  }

  package mutating func look(
    _ header: GossipHeader, id: Bytes16, from slot: Slot, isRepair: Bool = false, now: Instant, wall: WallTime,
    _ effects: inout [BroadcastEffect]
  ) -> Look {
    watch.kept(id, slot)
    if let refusal = refusal(header, wall) {
      // Who announced it has nothing better.
      tree.notFound(id, by: slot, now: now)
      return .refused(refusal)
    }
    let outcome = header.origin.isZero ? .new : windows.look(header.originKey, epoch: header.epoch, header.sequence)
    if outcome == .stale { return .refused(.stale) }
    // One that is older than the window is told by its id alone, which is remembered for longer than it may live.
    if outcome == .seen && !settings.byContent || !dedup.checkAndMark(id, now: now) {
      watch.spoke(id, slot)
      // What a comparison sent says nothing of the tree.
      if !isRepair { tree.duplicate(origin: header.originKey, from: slot, &treeEffects) }
      carryOut(now, &effects)
      return .duplicate
    }
    if !isRepair { sayNotWanted(id, header, from: slot, &effects) }
    return .new
  }

  /// A large message that goes to all comes from many: those that have not sent it yet need not.
  private func sayNotWanted(
    _ id: Bytes16, _ header: GossipHeader, from slot: Slot, _ effects: inout [BroadcastEffect]
  ) {
    guard header.payloadSize >= settings.notWantedSize, tree.floods(header.originKey) else { return }
    tree.up.without(slot).forEach { effects.append(.tell(.notWanted(id), to: $0)) }
  }

  /// Of this origin nothing is wanted that is older than this epoch.
  package mutating func know(origin: UInt64, epoch: UInt64, now: Instant) {
    windows.know(origin, epoch: epoch, now: now)
  }

  /// Takes note of an id; false when it was seen before.
  package mutating func markNew(_ id: Bytes16, now: Instant) -> Bool { dedup.checkAndMark(id, now: now) }

  private func refusal(_ header: GossipHeader, _ wall: WallTime) -> MessageRefusal? {
    let now = UInt64(max(0, wall.ns)) / 1_000_000
    if UInt64(header.lifeMS) > settings.lifeMaxMS { return .lifeTooLong }
    if header.createdMS > now, header.createdMS - now > settings.skewMS { return .early }
    if now > header.createdMS, now - header.createdMS > UInt64(header.lifeMS) + settings.skewMS { return .expired }
    return nil
  }

  /// The message's proof or payload was not good: the true one may still come.
  package mutating func reject(_ id: Bytes16) { dedup.forget(id) }

  /// The message is what it says, and the application wants it neither kept nor passed on: it will not be looked at again.
  package mutating func ignore(_ header: GossipHeader, now: Instant) {
    if !header.origin.isZero { _ = windows.mark(header.originKey, epoch: header.epoch, header.sequence, now: now) }
  }

  /// The message is good: it is kept and passed on. False when another one with its number was accepted since it was looked at.
  @discardableResult
  package mutating func accept(
    _ frame: Span<UInt8>, _ header: GossipHeader, id: Bytes16, hop: UInt8, from slot: Slot, isRepair: Bool,
    now: Instant, _ effects: inout [BroadcastEffect]
  ) -> Bool {
    guard keep(frame, header, id: id, hop: hop, now: now) else { return false }
    pass(header, id: id, hop: hop, from: slot, isRepair: isRepair, now: now, &effects)
    return true
  }

  /// Passes on a message that is kept.
  package mutating func pass(
    _ header: GossipHeader, id: Bytes16, hop: UInt8, from slot: Slot, isRepair: Bool, now: Instant,
    _ effects: inout [BroadcastEffect]
  ) {
    let spoke = tree.tellers(of: id).with(slot)
    if isRepair {
      tree.repaired(id, origin: header.originKey, hop: hop, from: slot, now: now, &treeEffects)
    } else {
      tree.accept(id, origin: header.originKey, hop: hop, from: slot, now: now, &treeEffects)
    }
    watch.accepted(id, origin: header.originKey, owing: tree.told(of: header.originKey), spoke: spoke, now: now)
    carryOut(now, &effects)
  }

  /// A message that could not be sent to a neighbour in time: it can ask for it.
  package mutating func announce(_ id: Bytes16, to slot: Slot, now: Instant, _ effects: inout [BroadcastEffect]) {
    guard let entry = cache[id] else { return }
    let announcement = Announcement(id: id, origin: entry.origin, hop: entry.hop &+ 1)
    tree.announce(announcement, to: slot, now, &treeEffects)
    carryOut(now, &effects)
  }

  /// Whether a neighbour hears only announcements.
  package mutating func demote(_ slot: Slot, _ isDemoted: Bool) {
    if isDemoted, tree.up.contains(slot) { tree.demoted.insert(slot) } else { tree.demoted.remove(slot) }
  }

  /// A message of this node's own; false when it was published before.
  package mutating func publish(
    _ frame: Span<UInt8>, _ header: GossipHeader, now: Instant, _ effects: inout [BroadcastEffect]
  ) -> Bool {
    let id = header.id(byContent: settings.byContent)
    guard dedup.checkAndMark(id, now: now), keep(frame, header, id: id, hop: 0, now: now) else { return false }
    tree.publish(id, origin: header.originKey, now: now, &treeEffects)
    watch.accepted(id, origin: header.originKey, owing: tree.told(of: header.originKey), spoke: Slots(), now: now)
    carryOut(now, &effects)
    return true
  }

  /// A message of this node's own that goes to all nodes directly, or one that came so: it is kept, and passed on to nobody. False when
  /// there was one with its number before.
  package mutating func keep(
    _ frame: Span<UInt8>, _ header: GossipHeader, id: Bytes16, hop: UInt8, now: Instant
  ) -> Bool {
    if !header.origin.isZero {
      let outcome = windows.mark(header.originKey, epoch: header.epoch, header.sequence, now: now)
      guard outcome == .new || outcome == .old else { return false }
    }
    _ = cache.store(frame, id: id, header: header, hop: hop, now: now)
    return true
  }

  // MARK: What neighbours say

  package mutating func told(
    _ message: TreeMessage, by slot: Slot, now: Instant, _ effects: inout [BroadcastEffect]
  ) {
    guard tree.up.contains(slot) else { return }
    switch message {
    case .announce(let all):
      for one in all {
        if dedup.hasSeen(one.id, now: now) {
          watch.spoke(one.id, slot)
        } else {
          tree.announced(one, by: slot, now: now)
        }
      }
    case .graft(let id, let origin):
      watch.lacked(id, slot)
      // Who asks may know the message from somebody who said another origin.
      tree.grafted(id, origin: cache[id]?.origin ?? origin, by: slot, &treeEffects)
    case .prune(let origin): tree.pruned(origin: origin, by: slot)
    case .notFound(let id):
      watch.kept(id, slot)
      tree.notFound(id, by: slot, now: now)
    case .digest(let digest, let wantsAnswer): compare(digest, with: slot, wantsAnswer, now, &effects)
    case .notWanted(let id): if cache[id] == nil { tree.isNotWanted(id, by: slot) }
    }
    carryOut(now, &effects)
  }

  /// Sends a neighbour what it lacks.
  private mutating func compare(
    _ digest: OriginDigest, with slot: Slot, _ wantsAnswer: Bool, _ now: Instant, _ effects: inout [BroadcastEffect]
  ) {
    // An answer is much larger than the question.
    guard now >= compared[slot] else { return }
    compared[slot] = now + Nanos(settings.repairInterval.ns / 2)
    cache.forget(before: now)
    var bytes = 0
    for entry in cache.since(.zero) where now - entry.came >= settings.repairAge {
      // Messages without an origin have no numbers to compare: they are found by announcements alone.
      guard entry.origin != 0, digest.lacks(entry.origin, epoch: entry.epoch, entry.sequence) else { continue }
      // One that is larger than all that a comparison may send goes alone, and keeps no other one back.
      guard bytes == 0 || bytes + entry.size <= settings.repairBytes else { continue }
      bytes += entry.size
      effects.append(.repair(entry.id, to: slot, hop: entry.hop &+ 1))
    }
    if wantsAnswer {
      let since = heardSince(now)
      let own = OriginDigest(windows, from: digest.range.lowerBound, since: since)
      effects.append(.tell(.digest(own, wantsAnswer: false), to: slot))
    }
  }

  /// Digests tell of origins that were heard since then: what a neighbour still keeps may have come to it later than here.
  private func heardSince(_ now: Instant) -> Instant { Instant(ns: now.ns - min(now.ns, (settings.cacheKeep * 2).ns)) }

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

  private mutating func planRepair(_ now: Instant) {
    let interval = settings.repairInterval.ns
    nextRepair = now + Nanos(interval - interval / 10 + random.below(interval / 5 + 1))
  }

  /// Turns what the tree wants into what is sent.
  private mutating func carryOut(_ now: Instant, _ effects: inout [BroadcastEffect]) {
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
