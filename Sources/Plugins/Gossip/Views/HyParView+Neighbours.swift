package import MixNet

// Taking neighbours and losing them.
extension HyParView {
  /// So few neighbours that one more is worth another node's while.
  var isInNeed: Bool { up.size < max(1, settings.activeSize / 2) }

  /// Whether the node's netgroup has room for one more neighbour.
  func hasRoom(inNetgroupOf node: NodeRecord) -> Bool {
    guard settings.limitsNetgroups, let group = Netgroup(node.address) else { return true }
    return active.slots { Netgroup($0.record.address) == group }.count < settings.neighboursPerNetgroup
  }

  /// True when there is a place for the node, or, when it is urgent, one was made by sending somebody away.
  mutating func makeRoom(
    _ node: NodeRecord, _ need: ViewMessage.Need, _ now: Instant, _ effects: inout [ViewEffect]
  ) -> Bool {
    guard hasRoom(inNetgroupOf: node), active.free != nil else { return false }
    if need == .anchor, hasRoomForPinned(node) { return true }
    if up.size - active.anchors - active.pinned < settings.acceptSize { return true }
    guard need == .urgent, let slot = victim, mayEvict(node, now) else { return false }
    // Who has to go hears of who came: that node needs neighbours, too.
    dismiss(slot, .room, hint: [PeerHint(node, age: 0)], settings.backoff, now, &effects)
    return true
  }

  /// Those who have this node for an anchor have places of their own: all that are left of the sixteen, and one for each netgroup. So an honest
  /// node that others have filled up can still be reached by those who trust it.
  func hasRoomForPinned(_ node: NodeRecord) -> Bool {
    guard active.pinned < Slots.count - settings.acceptSize - settings.anchorSlots else { return false }
    guard settings.limitsNetgroups, let group = Netgroup(node.address) else { return true }
    return active.slots { $0.isPinned && Netgroup($0.record.address) == group }.isEmpty
  }

  /// Who may have to go for another: one of those who asked, not of those whom this node chose, and of the younger half of them. Links that were there
  /// before an attack stay.
  private var victim: Slot? {
    mutating get {
      let others = active.slots { !$0.isOutbound && !$0.isAnchor && !$0.isPinned && !$0.isProtected }
      let young = others.sorted { (active[$0]?.since ?? .zero, $1) > (active[$1]?.since ?? .zero, $0) }
        .prefix((others.count + 1) / 2)
      return young.isEmpty ? nil : young[Int(random.below(UInt64(young.count)))]
    }
  }

  /// Each netgroup can have one neighbour sent away in a minute, and all together few. The names that ask are for free, netgroups are not.
  private mutating func mayEvict(_ node: NodeRecord, _ now: Instant) -> Bool {
    guard settings.limitsNetgroups, let group = Netgroup(node.address) else { return evictions.take(5, now) }
    evictors.removeAll { $0.until <= now }
    guard !evictors.contains(where: { $0.group == group }), evictors.count < 64, evictions.take(5, now) else {
      return false
    }
    evictors.append((group, now + settings.backoff))
    return true
  }

  /// Sends a neighbour away and looks for another: it is of no use, or worse.
  package mutating func replace(_ slot: Slot, now: Instant, _ effects: inout [ViewEffect]) {
    guard active[slot] != nil else { return }
    dismiss(slot, .useless, hint: [], settings.backoff, now, &effects)
    repair(now, &effects)
  }

  /// A node that must not be a neighbour for so long: it is banned.
  package mutating func ban(_ id: Bytes32, for time: Nanos, now: Instant, _ effects: inout [ViewEffect]) {
    if let slot = active.slot(named: id) { dismiss(slot, .useless, hint: [], time, now, &effects) }
    for dial in dials where dial.record?.id == id { cancel(dial, &effects) }
    backoffs.add(id, .useless, until: now + time, now)
    passive.remove(id)
    repair(now, &effects)
  }

  /// A node is known to be gone, as failure detection says.
  package mutating func dead(_ id: Bytes32, now: Instant, _ effects: inout [ViewEffect]) {
    if let slot = active.slot(named: id) { down(slot, closes: true, rests: now, now, &effects) }
    for dial in dials where dial.record?.id == id { cancel(dial, &effects) }
    passive.remove(id)
    repair(now, &effects)
  }

  /// Says goodbye to all. Whoever was a neighbour hears of the others, so that they can be neighbours of each other.
  package mutating func leave(now: Instant, _ effects: inout [ViewEffect]) {
    guard !isLeaving else { return }
    for slot in active.slots(where: { _ in true }) {
      guard let peer = active[slot] else { continue }
      let seconds = UInt16(clamping: settings.leaveBackoff.ms / 1_000)
      let peers = others(for: peer.record.id, now)
      effects.append(.send(.disconnect(isLeaving: true, backoff: seconds, peers: peers), to: peer.link))
    }
    for slot in active.slots(where: { _ in true }) { down(slot, closes: true, rests: now, now, &effects) }
    for dial in dials { cancel(dial, &effects) }
    isLeaving = true
    (nextShuffle, nextRepair) = (.never, .never)
  }

  private mutating func dismiss(
    _ slot: Slot, _ reason: Backoffs.Reason, hint: [PeerHint], _ backoff: Nanos, _ now: Instant,
    _ effects: inout [ViewEffect]
  ) {
    guard let peer = active[slot] else { return }
    let peers = hint + others(for: peer.record.id, now).prefix(ViewMessage.peersMax - hint.count)
    let seconds = UInt16(clamping: backoff.ms / 1_000)
    effects.append(.send(.disconnect(isLeaving: false, backoff: seconds, peers: peers), to: peer.link))
    backoffs.add(peer.record.id, reason, until: now + backoff, now)
    down(slot, closes: true, rests: reason == .room ? now : now + backoff, now, &effects)
  }

  /// A neighbour has sent this node away.
  mutating func disconnected(
    _ slot: Slot, _ isLeaving: Bool, _ backoff: Nanos, _ peers: [PeerHint], _ now: Instant,
    _ effects: inout [ViewEffect]
  ) {
    guard let peer = active[slot] else { return }
    let rests = now + min(backoff, settings.backoffMax)
    learn(peers, from: peer.record.id, all: true, now, ifTrusted: peer.isTrusted)
    down(slot, closes: true, rests: rests, now, &effects)
    backoffs.add(peer.record.id, isLeaving ? .left : .sentAway, until: rests, now)
    for place in anchorsDue.indices where settings.anchors[place] == peer.record.address {
      anchorsDue[place] = max(anchorsDue[place], rests)
    }
    if isLeaving { passive.remove(peer.record.id) }
  }

  mutating func take(
    _ node: NodeRecord, _ link: LinkNumber, isOutbound: Bool, isAnchor: Bool, isPinned: Bool = false, _ now: Instant,
    _ effects: inout [ViewEffect]
  ) {
    guard let slot = active.free else { return effects.append(.close(link)) }
    let joins = TokenBucket(rate: 4, burst: 64, now: now)
    let shuffles = TokenBucket(rate: 2, burst: 20, now: now)
    active.set(
      slot,
      ActiveView.Peer(
        record: node, link: link, isOutbound: isOutbound, isAnchor: isAnchor, isPinned: isPinned, since: now,
        joins: joins, shuffles: shuffles))
    passive.remove(node.id)
    backoffs.remove(node.id)
    seedPause = .s(1)
    effects.append(.slotUp(slot, node, link))
  }

  mutating func down(_ slot: Slot, closes: Bool, rests: Instant, _ now: Instant, _ effects: inout [ViewEffect]) {
    guard let peer = active[slot] else { return }
    active.set(slot, nil)
    effects.append(.slotDown(slot, peer.record))
    if closes { effects.append(.close(peer.link)) }
    passive.met(peer.record, now: now, rests: rests)
  }
}
