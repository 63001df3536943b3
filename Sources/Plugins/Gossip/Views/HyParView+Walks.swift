import MixNet

/// A shuffle that passed here, for the way back.
struct Walk: Sendable {
  let number: UInt64
  /// Where it came from; nil: from here.
  let from: LinkNumber?
  let toward: LinkNumber
  let until: Instant
}

extension HyParView {
  private var walksMax: Int { 64 }

  // MARK: New nodes

  /// Sends a new node's name on a walk over each link.
  mutating func spread(_ node: NodeRecord, _ now: Instant, _ effects: inout [ViewEffect]) {
    guard spreads.take(1, now) else { return ignored += 1 }
    for slot in active.slots(where: { $0.record.id != node.id }) {
      guard let peer = active[slot] else { continue }
      effects.append(.send(.forwardJoin(node, ttl: settings.joinWalk), to: peer.link))
    }
  }

  /// A new node's name comes by.
  mutating func walk(
    _ node: NodeRecord, _ ttl: UInt8, from slot: Slot, _ now: Instant, _ effects: inout [ViewEffect]
  ) {
    guard active.take(\.joins, of: slot, now) else { return ignored += 1 }
    guard node.id != own.id, let teller = active[slot] else { return }
    let next = someone(but: [slot, active.slot(named: node.id) ?? slot])
    if ttl > 0, let next, let peer = active[next] {
      if ttl == settings.noteAt {
        learn([PeerHint(node, age: 0)], from: teller.record.id, all: true, now, ifTrusted: teller.isTrusted)
      }
      effects.append(.send(.forwardJoin(node, ttl: min(ttl, max(1, settings.joinWalk)) - 1), to: peer.link))
    } else {
      approach(node, teller, now, &effects)
    }
  }

  /// At a walk's end: be the new node's neighbour. It may be nobody at all, so it is dialled before anybody is sent away for it.
  private mutating func approach(
    _ node: NodeRecord, _ teller: ActiveView.Peer, _ now: Instant, _ effects: inout [ViewEffect]
  ) {
    guard active.slot(named: node.id) == nil, !dials.contains(where: { $0.record?.id == node.id }) else { return }
    if teller.isTrusted, hasRoom(inNetgroupOf: node), backoffs.reason(node.id, now) == nil, approaches.take(1, now) {
      dial(node.address, node, .newcomer, now, &effects)
    } else {
      learn([PeerHint(node, age: 0)], from: teller.record.id, all: true, now, ifTrusted: teller.isTrusted)
    }
  }

  private mutating func someone(but others: [Slot]) -> Slot? {
    let all = active.slots { _ in true }.filter { !others.contains($0) }
    return all.isEmpty ? nil : all[Int(random.below(UInt64(all.count)))]
  }

  // MARK: Shuffles

  mutating func shuffle(_ now: Instant, _ effects: inout [ViewEffect]) {
    passive.age(olderThan: settings.ageMax, now: now)
    let pause = now - began < settings.earlyFor ? settings.shuffleEarly : settings.shuffleLater
    nextShuffle = now + Nanos(pause.ns - pause.ns / 5 + random.below(pause.ns * 2 / 5))
    guard let slot = someone(but: []), let peer = active[slot] else { return }
    let number = random.next()
    note(Walk(number: number, from: nil, toward: peer.link, until: now + .s(10)), now)
    let peers = pick(active: settings.shuffleActive, passive: settings.shufflePassive, for: peer.record.id, now)
    let ttl = settings.shuffleWalk
    effects.append(.send(.shuffle(walk: number, ttl: ttl, origin: own, peers: peers), to: peer.link))
  }

  mutating func shuffled(
    _ number: UInt64, _ ttl: UInt8, _ origin: NodeRecord, _ peers: [PeerHint], from slot: Slot, _ now: Instant,
    _ effects: inout [ViewEffect]
  ) {
    guard active.take(\.shuffles, of: slot, now), let teller = active[slot] else { return ignored += 1 }
    guard origin.id != own.id, !walks.contains(where: { $0.number == number }) else { return }
    if ttl > 0, let next = someone(but: [slot]), let peer = active[next] {
      note(Walk(number: number, from: teller.link, toward: peer.link, until: now + .s(10)), now)
      let ttl = min(ttl, max(1, settings.shuffleWalk)) - 1
      effects.append(.send(.shuffle(walk: number, ttl: ttl, origin: origin, peers: peers), to: peer.link))
    } else {
      guard teller.isTrusted else { return }
      let answer = pick(active: 0, passive: peers.count, for: origin.id, now)
      effects.append(.send(.shuffleReply(walk: number, peers: answer), to: teller.link))
      learn([PeerHint(origin, age: 0)], from: teller.record.id, all: true, now)
      learn(peers, from: teller.record.id, all: false, now)
    }
  }

  mutating func replied(
    _ number: UInt64, _ peers: [PeerHint], from slot: Slot, _ now: Instant, _ effects: inout [ViewEffect]
  ) {
    guard let peer = active[slot],
      let place = walks.firstIndex(where: { $0.number == number && $0.toward == peer.link && $0.until > now })
    else { return ignored += 1 }
    let walk = walks.remove(at: place)
    if let from = walk.from {
      if active.slot(of: from) != nil { effects.append(.send(.shuffleReply(walk: number, peers: peers), to: from)) }
    } else {
      learn(peers, from: peer.record.id, all: false, now, ifTrusted: peer.isTrusted)
    }
  }

  private mutating func note(_ walk: Walk, _ now: Instant) {
    walks.removeAll { $0.until <= now }
    if walks.count >= walksMax { walks.removeFirst() }
    walks.append(walk)
  }

  // MARK: What is told

  /// Takes what a peer says of others: all of it, or half at most, at random. So a shuffle that is full of a liar's friends does not bring as many of
  /// them as it has room for.
  mutating func learn(
    _ peers: [PeerHint], from teller: Bytes32, all: Bool, _ now: Instant, ifTrusted isTrusted: Bool = true
  ) {
    guard isTrusted else { return }
    var rest = peers
    let keep = all ? rest.count : (rest.count + 1) / 2
    while rest.count > keep { rest.remove(at: Int(random.below(UInt64(rest.count)))) }
    for hint in rest {
      let age = Nanos.s(UInt64(hint.age))
      guard age <= settings.ageMax, hint.record.id != own.id, active.slot(named: hint.record.id) == nil else {
        continue
      }
      passive.hear(hint.record, heard: Instant(ns: now.ns - min(now.ns, age.ns)), teller: teller)
    }
  }

  /// Some neighbours and others, for somebody who looks for neighbours.
  mutating func others(for id: Bytes32, _ now: Instant) -> [PeerHint] { pick(active: 4, passive: 4, for: id, now) }

  private mutating func pick(active some: Int, passive: Int, for id: Bytes32, _ now: Instant) -> [PeerHint] {
    var pool = active.slots { $0.record.id != id }
    while pool.count > some { pool.remove(at: Int(random.below(UInt64(pool.count)))) }
    let neighbours = pool.compactMap { active[$0].map { PeerHint($0.record, age: 0) } }
    return neighbours
      + self.passive.sample(passive, olderThan: settings.ageMax, now: now, &random).filter { $0.record.id != id }
  }
}
