import MixNet

// The two ends of a link show each other that they are members; then it is for something.
extension GossipCore {
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
    links.setMesh(true, at: place)
    for other in links.all where other.isMesh && other.peer == peer && other.number != number {
      if other.slot == nil { lost(other.number, now, closes: true, &effects) }
    }
    sendDatagram(to: peer)
  }

  /// A node has no use for more links to another than one for each purpose; the oldest of those that have none goes.
  private mutating func limitLinks(of peer: Bytes32, _ now: Instant, _ effects: inout [GossipEffect]) {
    let own = links.all.filter { $0.peer == peer && $0.ends == nil }
    guard own.count > Self.linksPerPeer, let oldest = own.first(where: { $0.slot == nil && !$0.isMesh }) else { return }
    lost(oldest.number, now, closes: true, &effects)
  }

  private static var linksPerPeer: Int { 4 }
}
