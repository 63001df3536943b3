package import MixNet

// What becomes of a message that comes, as far as its header tells.
extension Broadcast {
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
}
