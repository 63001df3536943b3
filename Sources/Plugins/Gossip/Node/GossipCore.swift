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
  var links: GossipLinks
  var linkOfSlot = [LinkNumber?](repeating: nil, count: Slots.count)
  var dials = DialBook()
  var mesh = MeshBook()
  var meshPlan: MeshPlan
  /// Messages that may go as datagrams now.
  var datagramsLeft: TokenBucket
  var originRates: OriginRates
  var health: HealthBook
  /// What the node has sent and got, for any thread to read.
  package let counters: PeerCounters
  // Publishing.
  var epoch: UInt64 = 0
  var sequence: UInt64 = 0
  var waiting = PublishQueue()
  // Delivering.
  /// The topics that come to the application, as keys.
  var topics: NumberTable
  package var deliversAll = false
  var order: DeliveryOrder<GossipMessage>
  var chunks: ChunkAssembler
  /// What the application thinks of a message, asked before it is passed on.
  package var validate: ((GossipMessage) -> MessageVerdict)?
  var nextBeat = Instant.never
  /// When a link is to end that is not wanted any more.
  var nextEnd = Instant.never
  var isLeaving = false
  /// It was said that another node has this one's name.
  var hasNamesake = false
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
    broadcast = Broadcast(
      settings.broadcast, random: RandomStream(seed: seed.derived("broadcast")), seed: seed.derived("ids"))
    topics = NumberTable(seed: seed.derived("topics"))
    links = GossipLinks(seed: seed.derived("links"))
    meshPlan = MeshPlan(links: .max, members: .max, isWhole: false, seed: seed.derived("mesh"))
    datagramsLeft = TokenBucket(rate: settings.datagrams, burst: settings.datagramsBurst, now: .zero)
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

  /// The part of ``next`` that ``open(_:_:now:_:)`` may make earlier where it refuses nothing: to ask for all of it for each message takes longer.
  package var nextOfOpened: Instant { isRunning ? min(order.next, chunks.next, nextEnd) : nextEnd }

  package mutating func tick(now: Instant, wall: WallTime, _ effects: inout [GossipEffect]) {
    if nextEnd <= now { endLinks(now, &effects) }
    guard isRunning else { return settle(now, &effects) }
    if swim.next <= now {
      spareProbe(now)
      swim.tick(now, &swimEffects)
    }
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

  /// Takes nothing more under a key of the cluster, and closes the links that it opened; false where it is not there, or in use.
  package mutating func remove(key: UInt32, now: Instant, _ effects: inout [GossipEffect]) -> Bool {
    guard membership.ring?.remove(key) == true else { return false }
    for link in links.all where link.greeting.keyID == key { lost(link.number, now, closes: true, &effects) }
    settle(now, &effects)
    return true
  }
}
