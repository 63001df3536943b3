package import MixNet

// Messages that did not come are asked for, and by that trees are mended and made smaller.
extension GossipTree {
  // MARK: What neighbours ask

  /// A neighbour wants this message, and all later ones of its origin.
  package mutating func grafted(_ id: Bytes16, origin: UInt64, by slot: Slot, _ effects: inout [TreeEffect]) {
    guard up.contains(slot) else { return }
    origins.change(origin) { $0.lazy.remove(slot) }
    effects.append(.answer(id, to: slot))
  }

  /// A neighbour wants no more messages of this origin.
  package mutating func pruned(origin: UInt64, by slot: Slot) {
    // To the parent nothing of this origin goes anyway, and when it is the parent no longer it may have become a child.
    guard up.contains(slot) else { return }
    origins.change(origin) { if $0.parent != slot { $0.lazy.insert(slot) } }
  }

  /// A neighbour that was asked does not have the message any more.
  package mutating func notFound(_ id: Bytes16, by slot: Slot, now: Instant) {
    guard missing[id]?.asked.contains(slot) == true else { return }
    missing.change(id) { entry in
      entry.asked.remove(slot)
      entry.due = now
    }
  }

  // MARK: What this node asks

  package mutating func tick(_ now: Instant, _ effects: inout [TreeEffect]) {
    up.forEach { slot in
      guard neighbours[slot].flush <= now else { return }
      neighbours[slot].flush = .never
      effects.append(.announce(to: slot))
    }
    while let id = missing.takeDue(now) { ask(for: id, now, &effects) }
  }

  private mutating func ask(for id: Bytes16, _ now: Instant, _ effects: inout [TreeEffect]) {
    guard var entry = missing[id] else { return }
    // All were asked: once more, from the best.
    if entry.holders.isEmpty { (entry.holders, entry.asked) = (entry.asked, Slots()) }
    guard entry.tries < settings.triesMax, let slot = best(entry) else {
      givenUp += 1
      _ = missing.remove(id)
      return
    }
    entry.tries += 1
    entry.holders.remove(slot)
    entry.asked.insert(slot)
    let trip = neighbours[slot].roundTrip
    entry.due = now + max(settings.retryMin, Nanos(trip.ns * 11 / 5))
    missing.change(id) { $0 = entry }
    origins.change(entry.origin) { $0.lazy.remove(slot) }
    effects.append(.graft(id, origin: entry.origin, to: slot))
  }

  /// Who is nearest to the origin and answers soonest.
  private func best(_ entry: MissingMessages.Missing) -> Slot? {
    var best: (slot: Slot, hop: UInt8, trip: Nanos)?
    entry.holders.and(up).forEach { slot in
      let (hop, trip) = (entry.hops[slot], neighbours[slot].roundTrip)
      if best == nil || (hop, trip.ns) < (best?.hop ?? 0, best?.trip.ns ?? 0) { best = (slot, hop, trip) }
    }
    return best?.slot
  }
}
