package import MixNet

/// A request of this node's own, from dialling to the answer.
struct Dial: Sendable {
  enum Purpose: Sendable { case join, neighbour, anchor, newcomer }
  let number: UInt64
  let address: Address
  /// Who should be there; nil for seeds and anchors, of which only addresses are known.
  let record: NodeRecord?
  let purpose: Purpose
  let began: Instant
  let deadline: Instant
  var link: LinkNumber?
}

extension HyParView {
  // MARK: Asking

  mutating func dial(
    _ address: Address, _ record: NodeRecord?, _ purpose: Dial.Purpose, _ now: Instant, _ effects: inout [ViewEffect]
  ) {
    guard dials.count < settings.dialsMax else { return }
    dialsMade += 1
    // From the third request on the wait is twice what they take; dialling has two of the request's three round trips.
    let wait = requests.count < 3 ? settings.requestTimeout : max(settings.requestTimeout, requests.smoothed * 2)
    dials.append(
      Dial(
        number: dialsMade, address: address, record: record, purpose: purpose, began: now, deadline: now + wait,
        link: nil))
    effects.append(.dial(address, number: dialsMade))
  }

  /// Asks whoever is at an address to take this node in, as it asks its seeds.
  package mutating func join(_ address: Address, now: Instant, _ effects: inout [ViewEffect]) {
    if began != .never, !isLeaving { dial(address, nil, .join, now, &effects) }
  }

  /// There is a connection.
  package mutating func dialled(
    _ number: UInt64, link: LinkNumber, now: Instant, _ effects: inout [ViewEffect]
  ) {
    guard let place = dials.firstIndex(where: { $0.number == number }), dials[place].link == nil else {
      effects.append(.close(link))
      return
    }
    dials[place].link = link
    switch dials[place].purpose {
    case .join: effects.append(.send(.join(own), to: link))
    case .anchor: effects.append(.send(.neighbour(own, .anchor), to: link))
    case .neighbour: effects.append(.send(.neighbour(own, isInNeed ? .urgent : .more), to: link))
    case .newcomer: effects.append(.send(.neighbour(own, .more), to: link))
    }
  }

  /// There is no connection.
  package mutating func dialFailed(_ number: UInt64, now: Instant, _ effects: inout [ViewEffect]) {
    guard let dial = dials.first(where: { $0.number == number }) else { return }
    giveUp(dial, now, &effects)
    repair(now, &effects)
  }

  /// Nobody answered, or somebody else.
  mutating func giveUp(_ dial: Dial, _ now: Instant, _ effects: inout [ViewEffect]) {
    cancel(dial, &effects)
    if let record = dial.record { passive.failed(record.id, now: now, isAlone: up.isEmpty) }
  }

  mutating func cancel(_ dial: Dial, _ effects: inout [ViewEffect]) {
    dials.removeAll { $0.number == dial.number }
    if let link = dial.link { effects.append(.close(link)) }
  }

  mutating func accepted(
    _ node: NodeRecord, _ peers: [PeerHint], _ link: LinkNumber, _ now: Instant, _ effects: inout [ViewEffect]
  ) {
    guard let dial = dials.first(where: { $0.link == link }) else { return ignored += 1 }
    let isUseless = backoffs.reason(node.id, now) == .useless
    guard node.id != own.id, dial.record == nil || dial.record?.id == node.id, !isUseless else {
      return giveUp(dial, now, &effects)
    }
    requests.measured(now - dial.began)
    dials.removeAll { $0.number == dial.number }
    // The other end takes this link for the one that counts, so it does here.
    if let old = active.slot(named: node.id) { down(old, closes: true, rests: now, now, &effects) }
    let isAnchor = settings.anchors.contains(dial.address) && active.anchors < settings.anchorSlots
    guard isAnchor || makeRoom(node, .urgent, now, &effects) else {
      effects.append(.send(.disconnect(isLeaving: false, backoff: 0, peers: []), to: link))
      effects.append(.close(link))
      passive.met(node, now: now, rests: now + settings.leaveBackoff)
      return
    }
    take(node, link, isOutbound: true, isAnchor: isAnchor, now, &effects)
    learn(peers, from: node.id, all: true, now)
  }

  mutating func refused(
    _ node: NodeRecord, _ backoff: Nanos, _ peers: [PeerHint], _ link: LinkNumber, _ now: Instant,
    _ effects: inout [ViewEffect]
  ) {
    guard let dial = dials.first(where: { $0.link == link }) else { return ignored += 1 }
    guard dial.record == nil || dial.record?.id == node.id else { return giveUp(dial, now, &effects) }
    requests.measured(now - dial.began)
    cancel(dial, &effects)
    let pause = max(.s(5), min(backoff, settings.backoffMax))
    passive.refused(node.id, now: now, rests: now + pause)
    // What answers at an anchor's address is the anchor, whoever dialled the link that is there.
    if dial.purpose == .anchor, let slot = active.slot(named: node.id) {
      active.change(slot) { $0.isAnchor = true }
    }
    learn(peers, from: node.id, all: true, now)
  }

  // MARK: Answering

  /// Somebody wants to be a neighbour.
  mutating func answer(
    _ node: NodeRecord, _ need: ViewMessage.Need, isNew: Bool, _ link: LinkNumber, _ now: Instant,
    _ effects: inout [ViewEffect]
  ) {
    guard active.slot(of: link) == nil, !dials.contains(where: { $0.link == link }) else { return ignored += 1 }
    guard node.id != own.id else { return effects.append(.close(link)) }
    let backoff = backoffs.reason(node.id, now)
    if backoff == .useless || backoff == .room && !isInNeed {
      // For want of room both may have sent the other away at once: that it asks is no fault then.
      if !isNew, backoff == .useless, backoffs.isKnown(node.id, now) { effects.append(.tooEarly(node)) }
      return refuse(node, settings.backoff, link, now, &effects)
    }
    if let dial = dials.first(where: { $0.record?.id == node.id }) {
      // Both have asked: the request of the lower id stands.
      if own.id.isBelow(node.id) { return refuse(node, .zero, link, now, &effects) }
      cancel(dial, &effects)
    }
    if let old = active.slot(named: node.id) {
      let isOld = (active[old]?.record.incarnation ?? 0) > node.incarnation
      if need == .anchor || isOld { return refuse(node, .zero, link, now, &effects) }
      // It has lost the link that is still up here.
      down(old, closes: true, rests: now, now, &effects)
    }
    if isNew { spread(node, now, &effects) }
    let isPinned = need == .anchor && hasRoomForPinned(node)
    // Nobody else has to go for one that sent this node away before, or had to go itself.
    let need = (backoff == .sentAway || backoff == .room) && need == .urgent ? .more : need
    guard makeRoom(node, need, now, &effects) else { return refuse(node, settings.leaveBackoff, link, now, &effects) }
    effects.append(.send(.accepted(own, peers: others(for: node.id, now)), to: link))
    take(node, link, isOutbound: false, isAnchor: false, isPinned: isPinned, now, &effects)
  }

  private mutating func refuse(
    _ node: NodeRecord, _ backoff: Nanos, _ link: LinkNumber, _ now: Instant, _ effects: inout [ViewEffect]
  ) {
    let seconds = UInt16(clamping: backoff.ms / 1_000)
    effects.append(.send(.refused(own, backoff: seconds, peers: others(for: node.id, now)), to: link))
    effects.append(.close(link))
  }
}

extension Bytes32 {
  /// The order of the bytes.
  func isBelow(_ other: Bytes32) -> Bool {
    for i in 0..<4 where words[i] != other.words[i] { return words[i].byteSwapped < other.words[i].byteSwapped }
    return false
  }
}
