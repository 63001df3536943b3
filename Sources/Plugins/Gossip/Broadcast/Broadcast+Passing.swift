package import MixNet

// Messages that are good, and those of this node: kept, and passed on.
extension Broadcast {
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
  /// there was one with its number before. `isStraight`: it came as a datagram, so that its origin was there just now.
  package mutating func keep(
    _ frame: Span<UInt8>, _ header: GossipHeader, id: Bytes16, hop: UInt8, isStraight: Bool = false, now: Instant
  ) -> Bool {
    if !header.origin.isZero {
      let outcome = windows.mark(
        header.originKey, epoch: header.epoch, header.sequence, isStraight: isStraight, now: now)
      guard outcome == .new || outcome == .old else { return false }
    }
    _ = cache.store(frame, id: id, header: header, hop: hop, now: now)
    return true
  }
}
