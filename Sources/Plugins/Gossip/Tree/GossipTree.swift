package import MixNet

/// How messages go through a network of neighbours: once over each link of a tree, which each origin has for itself.
///
/// A message goes on to all neighbours at first. Who gets it a second time tells the sender to stop (prune): from then on it hears from there
/// only which messages there are. What is left is the tree of the fastest ways from that origin, so messages are as fast as in a flood
/// and come to each node once. When an announced message does not come in time, the node asks for it, and by that mends the tree
/// (graft). Which message was seen is not the tree's business: it is told.
///
/// Source: Leitao, Pereira, Rodrigues, "Epidemic broadcast trees" (2007); there one tree serves all origins.
package struct GossipTree: Sendable {
  package let settings: TreeSettings
  /// The neighbours.
  package internal(set) var up = Slots()
  /// Neighbours that hear only announcements, whatever the origin: they are slow, or not well thought of. What they ask for they get.
  package var demoted = Slots()
  var unwanted: UnwantedMessages
  var origins: OriginTable
  var missing: MissingMessages
  /// No `InlineArray`: all of it would be copied for a look at one.
  var neighbours = [Neighbour](repeating: Neighbour(), count: Slots.count)
  /// Announcements that could not be taken note of.
  package internal(set) var overlooked = 0
  /// Messages that did not come, whoever was asked.
  package internal(set) var givenUp = 0

  struct Neighbour: Sendable {
    var announcements: [Announcement] = []
    /// When they are sent.
    var flush = Instant.never
    /// How much later messages come from there than the first word of them, smoothed.
    var lateness: Nanos?
    var roundTrip = Nanos.ms(10)
  }

  package init(_ settings: TreeSettings = TreeSettings()) {
    self.settings = settings
    origins = OriginTable(capacity: settings.originsMax)
    missing = MissingMessages(capacity: settings.missingMax)
    unwanted = UnwantedMessages(capacity: settings.missingMax)
  }

  /// When there is something to do by itself.
  package var next: Instant {
    var (next, left) = (missing.next, up.bits)
    while left != 0 {
      next = min(next, neighbours[left.trailingZeroBitCount].flush)
      left &= left - 1
    }
    return next
  }

  // MARK: Messages

  /// A message of this node's own.
  package mutating func publish(_ id: Bytes16, origin: UInt64, now: Instant, _ effects: inout [TreeEffect]) {
    origins.use(origin) { $0.parent = nil }
    pass(id, origin, hop: 1, from: nil, now, &effects)
  }

  /// A message came from a neighbour and is new and good; `hop`: the links that it has passed, this one with them.
  package mutating func accept(
    _ id: Bytes16, origin: UInt64, hop: UInt8, from slot: Slot?, now: Instant, _ effects: inout [TreeEffect]
  ) {
    // From a neighbour that has gone meanwhile, or from an application.
    let slot = slot.flatMap { up.contains($0) ? $0 : nil }
    // What was asked for says how long the asking took, not how late messages are (Karn and Partridge, 1987).
    if let missed = missing.remove(id), let slot, missed.tries == 0 { learn(now - missed.since, of: slot) }
    origins.use(origin) { entry in
      entry.parent = slot
      if let slot { entry.lazy.remove(slot) }
    }
    pass(id, origin, hop: hop &+ 1, from: slot, now, &effects)
  }

  /// A message was found by a comparison with a neighbour: most others have it, so all are told of it, and it says nothing of the tree.
  package mutating func repaired(
    _ id: Bytes16, origin: UInt64, hop: UInt8, from slot: Slot, now: Instant, _ effects: inout [TreeEffect]
  ) {
    _ = missing.remove(id)
    let announcement = Announcement(id: id, origin: origin, hop: hop &+ 1)
    up.without(slot).forEach { announce(announcement, to: $0, now, &effects) }
  }

  /// A message came once more: the neighbour is told to stop, each time, since a word that is lost or came at the wrong moment would
  /// leave the edge as it is for ever.
  package mutating func duplicate(origin: UInt64, from slot: Slot, _ effects: inout [TreeEffect]) {
    guard up.contains(slot), let entry = origins.find(origin), slot != entry.parent else { return }
    origins.change(origin) { $0.lazy.insert(slot) }
    effects.append(.prune(origin: origin, to: slot))
  }

  private mutating func pass(
    _ id: Bytes16, _ origin: UInt64, hop: UInt8, from slot: Slot?, _ now: Instant, _ effects: inout [TreeEffect]
  ) {
    // Who says that it has the message may have a bad copy: it is told of this one.
    let lazy = Slots((origins.find(origin)?.lazy.bits ?? 0) | demoted.bits | unwanted.take(id).bits).and(up)
    let others = slot.map { up.without($0) } ?? up
    let eager = others.without(lazy)
    if !eager.isEmpty { effects.append(.push(id, to: eager, hop: hop)) }
    let announcement = Announcement(id: id, origin: origin, hop: hop)
    others.and(lazy).forEach { announce(announcement, to: $0, now, &effects) }
  }

  /// True while nothing is known of an origin's tree: its messages go to all.
  package func floods(_ origin: UInt64) -> Bool { origins.find(origin)?.lazy.isEmpty ?? true }

  /// A neighbour has a message already: it need not be sent there.
  package mutating func isNotWanted(_ id: Bytes16, by slot: Slot) {
    if up.contains(slot) { unwanted.add(id, slot) }
  }

  /// Neighbours that hear an origin's messages elsewhere: each end of such a link tells the other of them.
  func told(of origin: UInt64) -> Slots { origins.find(origin)?.lazy.and(up) ?? Slots() }

  /// From whom an origin's messages come; nil when nothing is known of it, or it is this node.
  func parent(of origin: UInt64) -> Slot? { origins.find(origin)?.parent }

  /// Who has announced a message that has not come.
  func tellers(of id: Bytes16) -> Slots {
    guard let entry = missing[id] else { return Slots() }
    return Slots(entry.holders.bits | entry.asked.bits)
  }

  // MARK: Neighbours

  /// A neighbour has come: it gets all messages from now on. Tell it of the latest ones, too.
  package mutating func came(_ slot: Slot) {
    guard 0..<Slots.count ~= slot else { return }
    up.insert(slot)
    neighbours[slot] = Neighbour()
    origins.changeAll { $0.lazy.remove(slot) }
  }

  /// A neighbour has gone. The trees that it carried are made anew with the next message of their origins.
  package mutating func went(_ slot: Slot) {
    guard up.contains(slot) else { return }
    up.remove(slot)
    demoted.remove(slot)
    neighbours[slot] = Neighbour()
    missing.forget(slot)
    origins.changeAll { entry in
      entry.lazy.remove(slot)
      if entry.parent == slot { (entry.parent, entry.lazy) = (nil, Slots()) }
    }
  }

  /// How long a question to a neighbour takes.
  package mutating func roundTrip(_ time: Nanos, of slot: Slot) {
    if up.contains(slot) { neighbours[slot].roundTrip = min(time, .s(1)) }
  }
}
