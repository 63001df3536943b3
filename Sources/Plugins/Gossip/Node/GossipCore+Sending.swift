package import MixNet

// What goes on links: queued by those who want it sent, and taken when there is room.
extension GossipCore {
  /// Queues a frame that keeps the network together. Who does not read even these has stopped.
  mutating func queue(_ frame: [UInt8], on place: Int, _ effects: inout [GossipEffect]) {
    guard links[place].queue.add(control: frame, max: settings.controlBytes) else {
      if links[place].ends == nil { counts.closedStalled += 1 }
      // The next tick closes it: places must stay what they are here.
      links.end(place, at: .zero)
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
    return queue(message, entry.priority, on: place, &effects)
  }

  /// The same for a message that is known to be kept.
  mutating func queue(
    _ message: QueuedMessage, _ priority: GossipHeader.Priority, on place: Int, _ effects: inout [GossipEffect]
  ) -> Bool {
    guard links[place].queue.add(message, priority, max: settings.queueBytes) else { return false }
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

  /// False when ``nextFrame(on:now:_:)`` would give nothing and change nothing.
  package func hasMore(on link: LinkNumber) -> Bool {
    guard let place = links.place(link) else { return false }
    return links[place].isPending || links[place].ends != nil
  }

  /// A message that the other side does not get now: a neighbour hears that there is one, others find it by a comparison with theirs.
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
