package import MixNet

/// A node of a gossip cluster, whole but for what touches the world: who its neighbours are (``HyParView``), who is there (``Swim``), and what is
/// said (``Broadcast``), over links whose two ends have shown each other that they are members.
///
/// The shell owns links, datagrams, clocks and files. It tells what happens by the mutating calls, carries out what is appended to
/// its list of effects, and asks with ``nextFrame(on:now:)`` for what goes on a link while that has room. The same core runs behind
/// the stages of a chain and, with thousands of others, in the simulator.
///
/// A message that comes goes through five steps, which a chain's stages take one by one and ``receive(_:on:now:wall:_:)`` all at once:
/// ``arrived(_:on:now:wall:_:)``, ``look(_:now:wall:_:)``, ``hasProof(_:_:now:_:)``, ``open(_:_:now:_:)`` and ``pass(_:now:_:)``.
package struct GossipCore: ~Copyable {
  package let settings: GossipSettings
  package var membership: Membership
  package internal(set) var views: HyParView
  package internal(set) var swim: Swim
  package internal(set) var broadcast: Broadcast
  let codec: ZstdCodec
  var random: RandomStream
  var links = GossipLinks()
  var linkOfSlot = [LinkNumber?](repeating: nil, count: Slots.count)
  var dials = DialBook()
  var mesh = MeshBook()
  var originRates: OriginRates
  var health: HealthBook
  /// What the node has sent and got, for any thread to read.
  package let counters: PeerCounters
  // Publishing.
  var epoch: UInt64 = 0
  var sequence: UInt64 = 0
  var waiting = PublishQueue()
  // Delivering.
  var topics: Set<UInt64> = []
  package var deliversAll = false
  var order: DeliveryOrder<GossipMessage>
  var chunks: ChunkAssembler
  /// What the application thinks of a message, asked before it is passed on.
  package var validate: ((GossipMessage) -> MessageVerdict)?
  var nextBeat = Instant.never
  /// When a link is to end that is not wanted any more.
  var nextEnd = Instant.never
  var isLeaving = false
  package internal(set) var counts = GossipCounts()
  // Kept, so that no call makes new ones.
  var viewEffects: [ViewEffect] = []
  var swimEffects: [SwimEffect] = []
  var broadcastEffects: [BroadcastEffect] = []

  /// A node that knows nobody; `own` says where it is reached, under the name of its membership and with the incarnation that was kept. Nil
  /// when one of the dictionaries is none.
  package init?(
    _ own: NodeRecord, _ membership: Membership, _ settings: GossipSettings, dictionaries: [[UInt8]] = [], seed: Seed
  ) {
    guard own.id == membership.id, let codec = ZstdCodec(settings.codec, dictionaries: dictionaries) else {
      return nil
    }
    (self.settings, self.membership, self.codec) = (settings, membership, codec)
    views = HyParView(own, settings.views, seed: seed.derived("views"))
    swim = Swim(own, settings.swim, seed: seed.derived("swim"))
    broadcast = Broadcast(settings.broadcast, random: RandomStream(seed: seed.derived("broadcast")))
    random = RandomStream(seed: seed.derived("node"))
    health = HealthBook(settings.health, seed: seed.derived("health"))
    counters = PeerCounters(now: .zero)
    originRates = OriginRates(
      rate: settings.originMessages, burst: settings.originMessagesBurst, capacity: settings.broadcast.tree.originsMax)
    order = DeliveryOrder(settings.order)
    chunks = ChunkAssembler(settings.chunks)
  }

  package var own: NodeRecord { swim.own }

  /// The nodes at the other ends of links.
  package var peers: [Bytes32] { links.all.compactMap(\.peer) }

  /// The nodes that are known, this one first.
  package var memberList: [GossipMember] {
    let neighbours = links.all.filter { $0.slot != nil }.compactMap(\.peer)
    return [GossipMember(node: own, health: nil, status: .alive, isNeighbour: false, isSelf: true)]
      + swim.known.map { node in
        GossipMember(
          node: node, health: health.health(of: node.id), status: swim.status(node.id) ?? .dead,
          isNeighbour: neighbours.contains(node.id), isSelf: false)
      }
  }

  // MARK: Life

  /// Begins to look for others, by the views' seeds and those that were met in a former life. `epoch` is larger than any that the node had before:
  /// its wall clock in milliseconds, as a rule.
  package mutating func start(
    epoch: UInt64, known: [NodeRecord] = [], now: Instant, _ effects: inout [GossipEffect]
  ) {
    guard nextBeat == .never else { return }
    self.epoch = epoch
    // What this node said in former lives need not be sent to it.
    if settings.namesOrigin { broadcast.know(origin: membership.id.prefix, epoch: epoch, now: now) }
    nextBeat = now + Nanos(random.below(Self.beat.ns))
    swim.start(seeds: settings.views.seeds, now: now, &swimEffects)
    views.start(known: known, now: now, &viewEffects)
    settle(now, &effects)
  }

  static var beat: Nanos { .s(1) }
  /// So many frames a heartbeat beyond its rates are no accident.
  private static var excessMax: Int { 100 }
  var isRunning: Bool { nextBeat != .never }

  /// Says goodbye to all. What waits to be published goes first; links are closed once what is queued has gone.
  package mutating func leave(now: Instant, wall: WallTime, _ effects: inout [GossipEffect]) {
    guard isRunning, !isLeaving else { return }
    isLeaving = true
    while let item = waiting.take(.never) {
      send(item, now, wall, &effects)
      settle(now, &effects)
    }
    swim.leave(now: now, &swimEffects)
    views.leave(now: now, &viewEffects)
    settle(now, &effects)
    for link in links.all { drop(link.number, now, &effects) }
    nextBeat = .never
    endLinks(now, &effects)
  }

  /// When there is something to do by itself.
  package var next: Instant {
    guard isRunning else { return nextEnd }
    var next = min(nextBeat, nextEnd, views.next, swim.next, broadcast.next)
    next = min(next, order.next, chunks.next, health.next)
    // Without room there is nothing to do when its time comes: links say when they have some.
    if waiting.next != .never, waiting.next < next, hasRoomToPublish { next = waiting.next }
    return next
  }

  package mutating func tick(now: Instant, wall: WallTime, _ effects: inout [GossipEffect]) {
    if nextEnd <= now { endLinks(now, &effects) }
    guard isRunning else { return settle(now, &effects) }
    if swim.next <= now { swim.tick(now, &swimEffects) }
    if views.next <= now { views.tick(now, &viewEffects) }
    if broadcast.next <= now { broadcast.tick(now, &broadcastEffects) }
    if nextBeat <= now {
      nextBeat = now + Self.beat
      beat(now, &effects)
    }
    lookAfterHealth(now, &effects)
    if chunks.next <= now { chunks.tick(now) }
    if order.next <= now {
      var ready: [GossipMessage] = []
      order.tick(now, &ready)
      for message in ready { hand(message, now, &effects) }
    }
    publishWaiting(now, wall, &effects)
    settle(now, &effects)
  }

  /// Once a second: links that lead nowhere, neighbours that are too slow, and links that are missing.
  private mutating func beat(_ now: Instant, _ effects: inout [GossipEffect]) {
    for link in links.all {
      guard link.ends == nil else { continue }
      let age = now - link.since
      let isIdle = link.slot == nil && !link.isMesh && age > settings.idleTime
      if link.peer == nil && age > settings.greetingTime || isIdle {
        counts.closedIdle += 1
        lost(link.number, now, closes: true, &effects)
      }
    }
    for place in 0..<links.count {
      watchSpeed(place, now, &effects)
      if links[place].excess >= Self.excessMax, let peer = links[place].peer {
        effects.append(.offence(.misbehaved, of: peer))
      }
      links[place].excess = 0
    }
    for slot in 0..<Slots.count where views.up.contains(slot) { judge(slot, now, &effects) }
    keepMesh(now, &effects)
  }

  /// A neighbour for whom messages have waited for more than a second at three heartbeats hears announcements only, until nothing waits.
  private mutating func watchSpeed(_ place: Int, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard let peer = links[place].peer else { return }
    let oldest = links[place].queue.oldest
    let isLate = oldest != .never && now - oldest > settings.relayAgeMax
    links[place].lateBeats = isLate ? links[place].lateBeats + 1 : 0
    let isSlow = links[place].isSlow ? !links[place].queue.isEmpty : links[place].lateBeats >= 3
    guard isSlow != links[place].isSlow else { return }
    links[place].isSlow = isSlow
    if let slot = links[place].slot { broadcast.demote(slot, isSlow) }
    effects.append(.slow(peer, isSlow))
  }

  /// Takes nothing more under a key of the cluster, and closes the links that it opened; false where it is not there, or in use.
  package mutating func remove(key: UInt32, now: Instant, _ effects: inout [GossipEffect]) -> Bool {
    guard membership.ring?.remove(key) == true else { return false }
    for link in links.all where link.greeting.keyID == key { lost(link.number, now, closes: true, &effects) }
    settle(now, &effects)
    return true
  }

  /// A neighbour that keeps messages to itself gives its place to another.
  private mutating func judge(_ slot: Slot, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard let link = linkOfSlot[slot], let place = links.place(link) else { return }
    switch broadcast.watch.verdict(on: slot, isBound: views.isBound(slot), now: now) {
    case .fine: return
    case .ask(let number): queue(LinkFrame.bytes(HealthMessage.check(number)), on: place, &effects)
    case .withholds:
      guard let peer = links[place].peer else { return }
      counts.convicted += 1
      effects.append(.offence(.misbehaved, of: peer))
      views.ban(peer, for: Self.convictedFor, now: now, &viewEffects)
    case .useless:
      counts.replaced += 1
      views.replace(slot, now: now, &viewEffects)
    }
  }

  /// So long it does not come back, whatever its score.
  private static var convictedFor: Nanos { .s(600) }

  // MARK: What others think of a node

  /// A node must not be a neighbour for so long.
  package mutating func ban(_ id: Bytes32, for time: Nanos, now: Instant, _ effects: inout [GossipEffect]) {
    views.ban(id, for: time, now: now, &viewEffects)
    settle(now, &effects)
    for link in links.all where link.peer == id && link.ends == nil { lost(link.number, now, closes: true, &effects) }
    settle(now, &effects)
  }

  /// How a neighbour is thought of: what one who is warned says of others is not taken, and it hears announcements only; for one who is trusted no
  /// other takes its place.
  package mutating func judge(_ id: Bytes32, isWarned: Bool, isTrusted: Bool) {
    guard let place = links.first(where: { $0.peer == id && $0.slot != nil }), let slot = links[place].slot else {
      return
    }
    views.trust(slot, !isWarned)
    views.protect(slot, isTrusted)
    broadcast.demote(slot, isWarned || links[place].isSlow)
  }
}

/// A node as this one sees it.
package struct GossipMember: Sendable {
  package let node: NodeRecord
  /// How it does, if there is a link to it or was one not long ago.
  package let health: Health?
  package let status: MemberUpdate.Status
  package let isNeighbour: Bool
  package let isSelf: Bool
}

/// What has happened, counted.
package struct GossipCounts: Sendable {
  package var delivered = 0
  package var published = 0
  /// Messages that came and were new, and those that came again.
  package var accepted = 0
  package var duplicates = 0
  package var messagesSent = 0
  package var messagesReceived = 0
  package var controlSent = 0
  package var bytesSent = 0
  package var bytesReceived = 0
  /// Messages that could not be sent in time, or for which there was no room: they were announced instead.
  package var late = 0
  /// Frames refused, by ``FrameRefusal``.
  package var refused = [Int](repeating: 0, count: FrameRefusal.allCases.count)
  package var closedIdle = 0
  /// Neighbours that were sent away because they kept messages to themselves, and because they did not answer.
  package var convicted = 0
  package var replaced = 0
  package var closedStalled = 0
  package var datagramsRefused = 0

  mutating func refuse(_ refusal: FrameRefusal) {
    if let place = FrameRefusal.allCases.firstIndex(of: refusal) { refused[place] += 1 }
  }
}
