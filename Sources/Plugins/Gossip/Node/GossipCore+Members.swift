import MixNet

// What the parts of a node want of each other, and of the shell.
extension GossipCore {
  /// Carries out what the parts want, until they want nothing more.
  mutating func settle(_ now: Instant, _ effects: inout [GossipEffect]) {
    while !viewEffects.isEmpty || !swimEffects.isEmpty || !broadcastEffects.isEmpty {
      // What one wants may make another want something: the lists may grow while they are read.
      var place = 0
      while place < swimEffects.count {
        carryOut(swimEffects[place], now, &effects)
        place += 1
      }
      swimEffects.removeAll(keepingCapacity: true)
      place = 0
      while place < viewEffects.count {
        carryOut(viewEffects[place], now, &effects)
        place += 1
      }
      viewEffects.removeAll(keepingCapacity: true)
      place = 0
      while place < broadcastEffects.count {
        carryOut(broadcastEffects[place], now, &effects)
        place += 1
      }
      broadcastEffects.removeAll(keepingCapacity: true)
    }
  }

  private mutating func carryOut(_ effect: ViewEffect, _ now: Instant, _ effects: inout [GossipEffect]) {
    switch effect {
    case .dial(let address, let number):
      effects.append(.dial(address, peer: nil, number: dials.add(.view(number), now: now)))
    case .send(let message, let link):
      guard let place = links.place(link) else { return }
      queue(LinkFrame.bytes(message), on: place, &effects)
    case .close(let link):
      guard let place = links.place(link), links[place].slot == nil else { return }
      // Messages may go straight over it.
      if !links[place].isMesh { drop(link, now, &effects) }
    case .slotUp(let slot, let record, let link):
      guard let place = links.place(link) else { return }
      links[place].slot = slot
      linkOfSlot[slot] = link
      broadcast.came(slot, now: now, &broadcastEffects)
      if links[place].roundTrip > .zero { broadcast.roundTrip(links[place].roundTrip, of: slot) }
      // A seed may be known by its host's name alone, where no datagram finds it.
      if settings.swim.mode == .everybody, !swim.isPresent(record.id) { swim.join([record.address], now, &swimEffects) }
      effects.append(.member(.neighbour, record))
      watchNeighbours(now)
    case .slotDown(let slot, let record):
      free(slot)
      effects.append(.member(.stranger, record))
      watchNeighbours(now)
    case .tooEarly(let record): effects.append(.offence(.misbehaved, of: record.id))
    }
  }

  private mutating func watchNeighbours(_ now: Instant) {
    guard settings.swim.mode == .neighbours else { return }
    var nodes: [NodeRecord] = []
    views.up.forEach { slot in if let node = views.neighbour(slot) { nodes.append(node) } }
    swim.watch(nodes, now: now, &swimEffects)
  }

  private mutating func carryOut(_ effect: SwimEffect, _ now: Instant, _ effects: inout [GossipEffect]) {
    switch effect {
    case .send(let message, let id, let address):
      if settings.usesDatagrams {
        // Only a link finds a host by its name.
        if case .name = address { return }
        return effects.append(.datagram(MemberDatagram.bytes(message, from: membership), to: [address]))
      }
      guard let id, let place = links.first(where: { $0.peer == id }) else { return }
      queue(LinkFrame.bytes(message), on: place, &effects)
    case .incarnation(let number):
      views.raise(to: number)
      effects.append(.incarnation(number))
    case .joined(let node):
      expect()
      effects.append(.member(.joined, node))
    case .alive(let node): effects.append(.member(.alive, node))
    case .suspect(let node): effects.append(.member(.suspect, node))
    case .dead(let node):
      gone(node, now)
      effects.append(.member(.dead, node))
    case .left(let node):
      gone(node, now)
      effects.append(.member(.left, node))
    case .namesake(let node): metNamesake(at: node.address, &effects)
    }
  }

  private mutating func gone(_ node: NodeRecord, _ now: Instant) {
    mesh.forget(node.id)
    views.dead(node.id, now: now, &viewEffects)
    expect()
  }

  private mutating func expect() {
    if settings.swim.mode == .everybody { views.expect(nodes: max(2, swim.present)) }
  }

  private mutating func carryOut(_ effect: BroadcastEffect, _ now: Instant, _ effects: inout [GossipEffect]) {
    switch effect {
    case .message(let id, let slots, let hop):
      let isOwn = hop == 1
      for slot in 0..<Slots.count where slots.contains(slot) { send(id, hop, [], to: slot, isOwn, now, &effects) }
    case .repair(let id, let slot, let hop): send(id, hop, .repair, to: slot, false, now, &effects)
    case .tell(let message, let slot):
      let message = settings.namesOrigin ? message : message.withoutHops
      guard let link = linkOfSlot[slot], let place = links.place(link) else { return }
      queue(LinkFrame.bytes(message), on: place, &effects)
    }
  }

  private mutating func send(
    _ id: Bytes16, _ hop: UInt8, _ flags: LinkFrame.Flags, to slot: Slot, _ isOwn: Bool, _ now: Instant,
    _ effects: inout [GossipEffect]
  ) {
    guard let link = linkOfSlot[slot], let place = links.place(link) else { return }
    if !queue(id, hop: hop, flags, on: place, isOwn: isOwn, now: now, &effects), flags.isEmpty {
      announce(id, on: place, now)
    }
  }
}
