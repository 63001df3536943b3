package import MixNet

// Links: opened, come, gone.
extension GossipCore {
  /// Asks whoever is at an address to take this node in, as it asks its seeds.
  package mutating func join(_ address: Address, now: Instant, _ effects: inout [GossipEffect]) {
    views.join(address, now: now, &viewEffects)
    settle(now, &effects)
  }

  /// A connection that ``GossipEffect/dial(_:peer:number:)`` asked for is there, under a number that no link had before.
  package mutating func dialled(
    _ number: UInt64, link: LinkNumber, now: Instant, _ effects: inout [GossipEffect]
  ) {
    guard let purpose = dials.take(number), isRunning else { return effects.append(.close(link)) }
    add(link, purpose, now, &effects)
  }

  package mutating func dialFailed(_ number: UInt64, now: Instant, _ effects: inout [GossipEffect]) {
    guard let purpose = dials.take(number) else { return }
    failed(purpose, now, &effects)
    settle(now, &effects)
  }

  /// Somebody has opened a link to this node.
  package mutating func linkCame(_ link: LinkNumber, now: Instant, _ effects: inout [GossipEffect]) {
    guard isRunning else { return effects.append(.close(link)) }
    if links.count >= settings.linksMax {
      // Who has not shown who it is gives way to who may.
      guard let stranger = links.first(where: { $0.peer == nil && $0.purpose == nil }) else {
        return effects.append(.close(link))
      }
      lost(links[stranger].number, now, closes: true, &effects)
    }
    add(link, nil, now, &effects)
  }

  /// A link is gone. `isBroken`: the other end did not close it in good order, so its node may be gone as well.
  package mutating func linkWent(
    _ link: LinkNumber, isBroken: Bool, now: Instant, _ effects: inout [GossipEffect]
  ) {
    guard let place = links.place(link) else { return }
    if isBroken, let peer = links[place].peer { swim.hint(peer, now: now, &swimEffects) }
    lost(link, now, closes: false, &effects)
    settle(now, &effects)
  }

  private mutating func add(
    _ number: LinkNumber, _ purpose: GossipLink.Purpose?, _ now: Instant, _ effects: inout [GossipEffect]
  ) {
    guard links.place(number) == nil else { return }
    let nonce = Bytes32(words: [random.next(), random.next(), random.next(), random.next()])
    links.add(GossipLink(number, purpose, nonce: nonce, settings, now: now))
    guard let place = links.place(number) else { return }
    queue(links[place].greeting.hello(membership.id), on: place, &effects)
  }

  private mutating func failed(
    _ purpose: GossipLink.Purpose, _ now: Instant, _ effects: inout [GossipEffect]
  ) {
    counters.count(.failed)
    if case .view(let number) = purpose { views.dialFailed(number, now: now, &viewEffects) }
  }

  /// A link is of no use any more, whoever found that.
  mutating func lost(_ number: LinkNumber, _ now: Instant, closes: Bool, _ effects: inout [GossipEffect]) {
    guard let place = links.place(number) else { return }
    let link = links[place]
    if closes { effects.append(.close(number)) }
    if let slot = link.slot { free(slot) }
    _ = links.remove(number)
    if let peer = link.peer {
      health.disconnected(peer, now: now)
      counters.count(.closed)
      if link.isSlow { effects.append(.slow(peer, false)) }
    }
    if link.peer == nil, let purpose = link.purpose {
      failed(purpose, now, &effects)
    } else {
      views.linkDown(number, now: now, &viewEffects)
    }
  }

  /// The views want the link no longer. It is closed once its last words are gone: what they said of it just now.
  mutating func drop(_ number: LinkNumber, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard let place = links.place(number), links[place].ends == nil else { return }
    if let slot = links[place].slot { free(slot) }
    if !isLeaving { links[place].queue.dropMessages() }
    links.setMesh(false, at: place)
    // Never at once: messages that came over it in the same turn are still on their way through the steps.
    let ends = now + (links[place].queue.isEmpty ? .ms(5) : Self.lastWordsTime)
    links.end(place, at: ends)
    nextEnd = min(nextEnd, ends)
  }

  private static var lastWordsTime: Nanos { .s(2) }

  /// Closes the links that were to end by now.
  mutating func endLinks(_ now: Instant, _ effects: inout [GossipEffect]) {
    nextEnd = .never
    for link in links.all {
      guard let ends = link.ends else { continue }
      if ends <= now { lost(link.number, now, closes: true, &effects) } else { nextEnd = min(nextEnd, ends) }
    }
  }

  mutating func free(_ slot: Slot) {
    guard linkOfSlot[slot] != nil else { return }
    if let number = linkOfSlot[slot], let place = links.place(number) { links[place].slot = nil }
    linkOfSlot[slot] = nil
    broadcast.went(slot)
  }

  /// The other side did what no honest node does: the link ends.
  mutating func cut(_ place: Int, _ offence: GossipOffence, _ now: Instant, _ effects: inout [GossipEffect]) {
    if let peer = links[place].peer { effects.append(.offence(offence, of: peer)) }
    lost(links[place].number, now, closes: true, &effects)
  }
}
