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
    guard isRunning, links.count < settings.linksMax else { return effects.append(.close(link)) }
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
        number: number, purpose: purpose, since: now, greeting: LinkGreeting(nonce: nonce),
        messages: TokenBucket(rate: settings.linkMessages, burst: settings.linkMessagesBurst, now: now),
        bytes: TokenBucket(rate: settings.linkBytes, burst: settings.linkBytesBurst, now: now)))
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
    if let peer = link.peer { parted(peer, now) }
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
    links[place].queue.dropMessages()
    links[place].isMesh = false
    guard !links[place].queue.isEmpty else { return end(number, now, &effects) }
    links[place].ends = now + Self.lastWordsTime
  }

  private static var lastWordsTime: Nanos { .s(2) }

  private mutating func end(_ number: LinkNumber, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard let link = links.remove(number) else { return }
    if let peer = link.peer { parted(peer, now) }
    effects.append(.close(number))
  }

  private mutating func parted(_ peer: Bytes32, _ now: Instant) {
    health.disconnected(peer, now: now)
    counters.count(.closed)
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
    health.connected(peer, now: now)
    counters.count(.opened)
    switch links[place].purpose {
    case .view(let number):
      views.dialled(number, link: links[place].number, now: now, &viewEffects)
    case .mesh(let id):
      guard id == peer else { return false }
      mesh.reached(id)
      links[place].isMesh = true
      queue([LinkFrame.Kind.mesh.rawValue], on: place, &effects)
    case nil: break
    }
    return true
  }

  // MARK: What goes

  /// Queues a frame that keeps the network together. Who does not read even these has stopped.
  mutating func queue(_ frame: [UInt8], on place: Int, _ effects: inout [GossipEffect]) {
    guard links[place].queue.add(control: frame, max: settings.controlBytes) else {
      if links[place].ends == nil { counts.closedStalled += 1 }
      // The next heartbeat closes it: places must stay what they are here.
      links[place].ends = .zero
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
        if links[place].ends != nil { end(link, now, &effects) }
        if !late.isEmpty { settle(now, &effects) }
        return nil
      }
    }
  }

  /// A message that a neighbour does not get now: it hears that there is one.
  mutating func announce(_ id: Bytes16, on place: Int, _ now: Instant) {
    counts.late += 1
    if let slot = links[place].slot { broadcast.announce(id, to: slot, now: now, &broadcastEffects) }
  }

  /// Writes a frame into as many bytes as it has.
  package func write(_ frame: OutgoingFrame, into out: inout MutableSpan<UInt8>) {
    switch frame.body {
    case .control(let bytes): out.put(bytes.span, at: 0)
    case .message(let id, let hop, let flags):
      out.put(bigEndian: LinkFrame.Kind.message.rawValue, at: 0)
      out.put(bigEndian: flags.rawValue, at: 1)
      broadcast.cache.copy(id, into: &out, at: LinkFrame.messageHead)
      MessageFrame.setHop(hop, of: membership.proof, in: &out, at: LinkFrame.messageHead)
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
