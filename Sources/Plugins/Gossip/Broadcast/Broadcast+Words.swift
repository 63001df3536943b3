package import MixNet

// What neighbours say of messages.
extension Broadcast {
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
    let since = heardSince(now)
    if digest.mayLack(windows, heardSince: since) { repair(digest, slot, now, &effects) }
    if wantsAnswer {
      let own = OriginDigest(windows, from: digest.range.lowerBound, since: since)
      effects.append(.tell(.digest(own, wantsAnswer: false), to: slot))
    }
  }

  private func repair(
    _ digest: OriginDigest, _ slot: Slot, _ now: Instant, _ effects: inout [BroadcastEffect]
  ) {
    var bytes = 0
    cache.forEach { entry in
      // Messages without an origin have no numbers to compare: they are found by announcements alone.
      guard now - entry.came >= settings.repairAge, entry.origin != 0,
        digest.lacks(entry.origin, epoch: entry.epoch, entry.sequence)
      else { return }
      // One that is larger than all that a comparison may send goes alone, and keeps no other one back.
      guard bytes == 0 || bytes + entry.size <= settings.repairBytes else { return }
      bytes += entry.size
      effects.append(.repair(entry.id, to: slot, hop: entry.hop &+ 1))
    }
  }
}
