package import MixNet

// What others think of a node, and what follows from it here.
extension GossipCore {
  /// A node must not be a neighbour for so long.
  package mutating func ban(_ id: Bytes32, for time: Nanos, now: Instant, _ effects: inout [GossipEffect]) {
    views.ban(id, for: time, now: now, &viewEffects)
    settle(now, &effects)
    for link in links.all where link.peer == id && link.ends == nil { lost(link.number, now, closes: true, &effects) }
    settle(now, &effects)
  }

  /// How a neighbour is thought of: what one who is warned says of others is not taken, and it hears announcements only; for one who is trusted no
  /// other takes its place.
  package mutating func judge(_ id: Bytes32, isWarned: Bool, isTrusted: Bool) {
    guard let place = links.first(where: { $0.peer == id && $0.slot != nil }), let slot = links[place].slot else {
      return
    }
    views.trust(slot, !isWarned)
    views.protect(slot, isTrusted)
    broadcast.demote(slot, isWarned || links[place].isSlow)
  }
}
