import MixNet

// Straight to all: in a small cluster each node has a link to each other one, and a small message goes from its origin to all of them.
extension GossipCore {
  /// Sends a small message straight to all nodes, where there is a link to each of them; false when it has to go along the trees.
  mutating func sendDirectly(
    _ frame: [UInt8], _ header: GossipHeader, _ size: Int, _ now: Instant, _ effects: inout [GossipEffect]
  ) -> Bool {
    keepMeshPlan()
    guard meshPlan.isWhole, size <= settings.meshPayloadMax else { return false }
    let id = header.id(byContent: settings.broadcast.byContent)
    guard broadcast.markNew(id, now: now), broadcast.keep(frame.span, header, id: id, hop: 0, now: now) else {
      return true
    }
    let byDatagrams = takeDatagrams(frame.count, now)
    if byDatagrams { sendDatagrams(frame, now, &effects) }
    guard !byDatagrams || !meshPlan.byLink.isEmpty, let entry = broadcast.cache[id] else { return true }
    let message = QueuedMessage(id: id, hop: 1, flags: .direct, size: entry.size, since: now, isOwn: true)
    // One that is slow among others that are not, or has no room, finds it by a comparison.
    for place in byDatagrams ? meshPlan.byLink : meshPlan.places {
      if links[place].isSlow && !meshPlan.mostAreSlow { continue }
      if !queue(message, entry.priority, on: place, &effects) { announce(id, on: place, now) }
    }
    return true
  }

  /// Keeps the plan as links and members are: it is made anew only when they have changed.
  mutating func keepMeshPlan() {
    guard meshPlan.links != links.changes || meshPlan.members != swim.presenceChanges else { return }
    var plan = MeshPlan(links: links.changes, members: swim.presenceChanges, isWhole: hasMesh, seed: meshPlan.seed)
    var room = PublishRoom()
    for (place, link) in links.all.enumerated() where link.isMesh {
      guard let peer = link.peer else { continue }
      plan.origins[peer.prefix] = place
      if link.ends == nil { room.add(isSlow: link.isSlow, hasRoom: true) }
      plan.places.append(place)
      if link.takesDatagrams, link.ends == nil, let node = swim.record(peer) {
        plan.addresses.append(node.address)
      } else {
        plan.byLink.append(place)
      }
    }
    plan.mostAreSlow = room.mostAreSlow
    meshPlan = plan
  }

  /// ``hasMesh``, which is found anew only when links or members have changed.
  package mutating func isMeshWhole() -> Bool {
    keepMeshPlan()
    return meshPlan.isWhole
  }

  /// True when there is a link to every node that is there.
  package var hasMesh: Bool {
    // Over a link from its origin a message says whose it is.
    settings.namesOrigin && settings.swim.mode == .everybody && 2...max(2, settings.meshMax) ~= swim.present
      && settings.meshMax >= 2
      && meshPeers == swim.present - 1
  }

  /// Nodes that are there and have a link for messages straight to them.
  private var meshPeers: Int {
    links.all.reduce(0) { sum, link in
      guard link.isMesh, link.ends == nil, let peer = link.peer else { return sum }
      return sum + (swim.isPresent(peer) ? 1 : 0)
    }
  }

  /// Opens the links that are missing, and closes those to nodes that are gone.
  mutating func keepMesh(_ now: Instant, _ effects: inout [GossipEffect]) {
    let isSmall = settings.namesOrigin && settings.swim.mode == .everybody && swim.present <= settings.meshMax
    for link in links.all where link.isMesh && link.slot == nil {
      let isThere = link.peer.map { swim.isPresent($0) } ?? false
      if !isSmall || !isThere && now - link.since > settings.idleTime { lost(link.number, now, closes: true, &effects) }
    }
    guard isSmall else { return }
    var dialled = 0
    for node in swim.presentNodes where membership.id.isBelow(node.id) {
      guard dialled < 16, links.mesh(with: node.id) == nil,
        mesh.mayDial(node.id, now: now)
      else { continue }
      dialled += 1
      mesh.dialled(node.id, now: now)
      effects.append(.dial(node.address, peer: node.id, number: dials.add(.mesh(node.id), now: now)))
    }
  }
}
