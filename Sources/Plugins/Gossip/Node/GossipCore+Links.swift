package import MixNet

// Links: opened, come, greeted, gone; and what goes on them.
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
    links.add(
      GossipLink(
        number: number, purpose: purpose, since: now, greeting: LinkGreeting(nonce: nonce, isDialled: purpose != nil),
        messages: TokenBucket(rate: settings.linkMessages, burst: settings.linkMessagesBurst, now: now),
        bytes: TokenBucket(rate: settings.linkBytes, burst: settings.linkBytesBurst, now: now),
        words: TokenBucket(rate: settings.linkWords, burst: settings.linkWords * 4, now: now)))
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
    links[place].isMesh = false
    // Never at once: messages that came over it in the same turn are still on their way through the steps.
    let ends = now + (links[place].queue.isEmpty ? .ms(5) : Self.lastWordsTime)
    links[place].ends = ends
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

  // MARK: Greeting

  mutating func hello(_ body: Span<UInt8>, _ place: Int, _ now: Instant, _ effects: inout [GossipEffect]) -> Bool {
    guard let proof = links[place].greeting.heard(body, membership) else { return false }
    queue(proof, on: place, &effects)
    return true
  }

  mutating func proof(_ body: Span<UInt8>, _ place: Int, _ now: Instant, _ effects: inout [GossipEffect]) -> Bool {
    guard links[place].greeting.proved(body, membership), let peer = links[place].peer else { return false }
    let number = links[place].number
    links[place].roundTrip = now - links[place].since
    limitLinks(of: peer, now, &effects)
    guard let place = links.place(number) else { return true }
    health.connected(peer, now: now)
    counters.count(.opened)
    switch links[place].purpose {
    case .view(let number):
      views.dialled(number, link: links[place].number, now: now, &viewEffects)
    case .mesh(let id):
      // Somebody else has that address now: whoever said otherwise, it is not the fault of who is there.
      guard id == peer else {
        lost(links[place].number, now, closes: true, &effects)
        return true
      }
      mesh.reached(id)
      beMesh(place, peer, now, &effects)
      if let place = links.place(number) { queue([LinkFrame.Kind.mesh.rawValue], on: place, &effects) }
    case nil: break
    }
    effects.append(.met(peer))
    return true
  }

  /// Messages for all nodes go straight over this link from now on, and over no other one to the same node.
  mutating func beMesh(_ place: Int, _ peer: Bytes32, _ now: Instant, _ effects: inout [GossipEffect]) {
    let number = links[place].number
    links[place].isMesh = true
    for other in links.all where other.isMesh && other.peer == peer && other.number != number {
      if other.slot == nil { lost(other.number, now, closes: true, &effects) }
    }
  }

  /// A node has no use for more links to another than one for each purpose; the oldest of those that have none goes.
  private mutating func limitLinks(of peer: Bytes32, _ now: Instant, _ effects: inout [GossipEffect]) {
    let own = links.all.filter { $0.peer == peer && $0.ends == nil }
    guard own.count > Self.linksPerPeer, let oldest = own.first(where: { $0.slot == nil && !$0.isMesh }) else { return }
    lost(oldest.number, now, closes: true, &effects)
  }

  private static var linksPerPeer: Int { 4 }

  // MARK: What goes

  /// Queues a frame that keeps the network together. Who does not read even these has stopped.
  mutating func queue(_ frame: [UInt8], on place: Int, _ effects: inout [GossipEffect]) {
    guard links[place].queue.add(control: frame, max: settings.controlBytes) else {
      if links[place].ends == nil { counts.closedStalled += 1 }
      // The next tick closes it: places must stay what they are here.
      links[place].ends = .zero
      nextEnd = .zero
      return
    }
    point(to: place, &effects)
  }

  /// Queues a kept message; false when there is no room for it on this link.
  mutating func queue(
    _ id: Bytes16, hop: UInt8, _ flags: LinkFrame.Flags, on place: Int, isOwn: Bool, now: Instant,
    _ effects: inout [GossipEffect]
  ) -> Bool {
    guard let entry = broadcast.cache[id] else { return true }
    let message = QueuedMessage(id: id, hop: hop, flags: flags, size: entry.size, since: now, isOwn: isOwn)
    guard links[place].queue.add(message, entry.priority, max: settings.queueBytes) else { return false }
    point(to: place, &effects)
    return true
  }

  private mutating func point(to place: Int, _ effects: inout [GossipEffect]) {
    guard !links[place].isPending else { return }
    links[place].isPending = true
    effects.append(.pending(links[place].number))
  }

  /// What goes on a link next; the shell writes it with ``write(_:into:)`` before it calls anything else. Nil when nothing waits: when
  /// something does again, there is an effect that says so.
  package mutating func nextFrame(on link: LinkNumber, now: Instant, _ effects: inout [GossipEffect]) -> OutgoingFrame?
  {
    guard let place = links.place(link) else { return nil }
    while true {
      var late: [QueuedMessage] = []
      let (relayed, own) = (settings.relayAgeMax, settings.ownAgeMax)
      let next = links[place].queue.next(late: &late) { now - $0.since > ($0.isOwn ? own : relayed) }
      for message in late {
        counters.count(.dropped, bytes: message.size, now: now)
        announce(message.id, on: place, now)
      }
      switch next {
      case .control(let bytes):
        counts.controlSent += 1
        counts.bytesSent += bytes.count
        return OutgoingFrame(size: bytes.count, body: .control(bytes))
      case .message(let message):
        // It may have made room for others meanwhile.
        guard let entry = broadcast.cache[message.id] else { continue }
        let size = LinkFrame.messageHead + entry.size
        counts.messagesSent += 1
        counts.bytesSent += size
        counters.count(.sent, bytes: size, now: now)
        return OutgoingFrame(size: size, body: .message(message.id, hop: message.hop, message.flags))
      case nil:
        links[place].isPending = false
        if links[place].ends != nil { lost(link, now, closes: true, &effects) }
        settle(now, &effects)
        return nil
      }
    }
  }

  /// A message that a neighbour does not get now: it hears that there is one.
  mutating func announce(_ id: Bytes16, on place: Int, _ now: Instant) {
    counts.late += 1
    if let slot = links[place].slot { broadcast.announce(id, to: slot, now: now, &broadcastEffects) }
  }

  /// False for a frame whose message is not kept any more: it must not be written.
  package func isThere(_ frame: OutgoingFrame) -> Bool {
    if case .message(let id, _, _) = frame.body { broadcast.cache.contains(id) } else { true }
  }

  /// Writes a frame into as many bytes as it has.
  package func write(_ frame: OutgoingFrame, into out: inout MutableSpan<UInt8>) {
    switch frame.body {
    case .control(let bytes): out.put(bytes.span, at: 0)
    case .message(let id, let hop, let flags):
      out.put(bigEndian: LinkFrame.Kind.message.rawValue, at: 0)
      out.put(bigEndian: flags.rawValue, at: 1)
      broadcast.cache.copy(id, into: &out, at: LinkFrame.messageHead)
      // The first hop tells who published.
      let told = settings.namesOrigin ? hop : 0
      MessageFrame.setHop(told, of: membership.proof, in: &out, at: LinkFrame.messageHead)
    }
  }
}

/// A frame that is to go on a link.
package struct OutgoingFrame: Sendable {
  /// Its bytes.
  package let size: Int
  let body: Body

  enum Body: Sendable {
    case control([UInt8])
    case message(Bytes16, hop: UInt8, LinkFrame.Flags)
  }

  /// True for one that carries a message.
  package var isMessage: Bool { if case .message = body { true } else { false } }
}
