package import MixNet

// How the nodes at the other ends of links do, and what follows from it.
extension GossipCore {
  /// Somebody at the other end of a link said something about health.
  mutating func health(
    _ body: Span<UInt8>, _ place: Int, _ peer: Bytes32, _ now: Instant, _ effects: inout [GossipEffect]
  )
    -> Bool
  {
    guard let message = HealthMessage(body) else { return false }
    switch message {
    case .check(let number): queue(LinkFrame.bytes(.answer(number)), on: place, &effects)
    case .answer(let number):
      if let slot = links[place].slot { broadcast.watch.answered(number, slot, now: now) }
      health.answered(peer, number, now: now)
      if let latency = health.peer(peer, now: now)?.latency { counters.answered(after: latency) }
    }
    return true
  }

  /// Asks those that were silent, replaces those that do not answer, and closes the links of those that are forgotten.
  mutating func lookAfterHealth(_ now: Instant, _ effects: inout [GossipEffect]) {
    guard health.next <= now else { return }
    var wanted: [HealthEffect] = []
    health.tick(now, doubt: swim.doubt, &wanted)
    for effect in wanted {
      switch effect {
      case .check(let peer, let number):
        if let place = links.first(where: { $0.peer == peer && $0.ends == nil }) {
          queue(LinkFrame.bytes(.check(number)), on: place, &effects)
        }
      case .replace(let peer): replace(peer, now, &effects)
      case .stale(let peer):
        for link in links.all where link.peer == peer && link.ends == nil {
          lost(link.number, now, closes: true, &effects)
        }
      case .doubt: swim.overloaded()
      }
    }
  }

  /// A peer does not answer: another one gets its place among the neighbours, and the link for messages straight to it is opened anew.
  private mutating func replace(_ peer: Bytes32, _ now: Instant, _ effects: inout [GossipEffect]) {
    for link in links.all where link.peer == peer && link.ends == nil {
      if let slot = link.slot {
        views.replace(slot, now: now, &viewEffects)
      } else if link.isMesh {
        lost(link.number, now, closes: true, &effects)
      }
    }
  }

  /// How all peers do that are known.
  package func peersHealth(_ now: Instant) -> [PeerHealth] { health.all(now) }
}
