import MixHost
import MixNet

/// Sends packets that carry nothing, so that what is real is hidden among them: loops, which come home and tell what became of
/// them, and drop messages, which end somewhere. On every link and for every node they are packets like others; only the node at
/// the end of the way knows.
///
/// Where links have a constant rate, packets for them wait for a tick, and the ticks that are left are what is made here. All
/// else goes on at once.
/// Source: Piotrowska and others, "The Loopix anonymity system" (2017).
final class CoverStage: MixStage {
  private let config: CoverConfig
  private let node: NodeFacts
  /// Where the node's loops come home, and where everybody's drop messages end.
  private let home: Bytes32
  private static let grave = Fingerprint.service("cover_traffic")
  /// Where nodes choose their peers, cover goes along what they have chosen.
  private let chooser: (any PeerChooser)?
  private var routes: CoverRoutes
  /// The choices by which links have their ticks.
  private var pacedFor: UInt64?
  private var random: RandomStream
  private var loops = PoissonClock()
  private var drops = PoissonClock()
  private var book: LoopBook
  private var blame: LossBlame
  /// Before this there is no cover.
  private var began = Instant.zero
  private var real = RateMeter()
  private var maker: CoverMaker
  private var pacer: LinkPacer
  /// The packets that wait for a tick.
  private var held: Hold
  private(set) var dropsSent = 0
  private(set) var dropsTaken = 0
  private(set) var unsent = 0
  private(set) var unrouted = 0

  init(_ config: CoverConfig, _ builder: inout StageBuilder) throws(BuildError) {
    self.config = config
    node = builder.node
    maker = CoverMaker(try builder.capability(.packetMaker), meanDelay: config.meanDelay)
    random = builder.random()
    home = Bytes32(words: [random.next(), random.next(), random.next(), random.next()])
    chooser = builder.offered(.peerChooser)
    routes = CoverRoutes(builder.node.directory, of: builder.node.address, by: chooser)
    book = LoopBook(timeout: config.loopTimeout)
    blame = LossBlame(builder.offered(.scoreBook))
    let capacity = config.heldMax(builder.plan)
    pacer = LinkPacer(interval: config.linkInterval, queueMax: config.linkQueueMax, capacity: capacity)
    held = Hold(capacity: capacity)
    try builder.claim(home)
    try builder.claim(Self.grave)
  }

  func started(_ turn: inout Turn) {
    began = turn.now + config.start
    loops.setMean(config.loopInterval == .zero ? nil : config.loopInterval, now: began, &random)
    pace(from: began)
    wake(&turn)
  }

  func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn) {
    let old = routes.nodes
    routes = CoverRoutes(directory, of: node.address, by: chooser)
    let places = CoverRoutes.places(of: old, in: routes.nodes)
    book.renumber(places)
    pacer.renumber(places)
    guard !turn.isDraining else { return }
    pace(from: max(began, turn.now))
    wake(&turn)
    // What waited for a node that is gone leaves.
    if pacer.leavingCount > 0 { turn.wake(at: turn.now) }
  }

  /// Gives the links to all next hops their ticks. Where there are ticks no drop messages are sent between them.
  private func pace(from begin: Instant) {
    pacedFor = chooser?.revision
    let hops = config.linkInterval == .zero ? [] : routes.nextHops
    pacer.setLinks(hops.map { (node: routes.nodes[$0].address, place: $0) }, from: begin, &random)
    if !pacer.links.isEmpty {
      drops.setMean(nil, now: begin, &random)
    } else if config.rate == .fixed {
      drops.setMean(config.dropInterval == .zero ? nil : config.dropInterval, now: begin, &random)
    }
  }

  // MARK: What passes

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    if turn.isDraining { pacer.stop() }
    let hasBegun = turn.now >= began
    for i in batch.packets.indices {
      guard case .node(let address) = columns.route(i) else { continue }
      real.add(1)
      guard hasBegun else {
        pacer.pass()
        continue
      }
      switch pacer.admit(for: address) {
      case .waits: held.insert(batch.take(i))
      case .full: verdicts.drop(i, .queueFull)
      case .passes: break
      }
    }
  }

  func release(into batch: inout MixBatch, _ turn: inout Turn) {
    while batch.room > 0, let place = pacer.leave() { batch.append(held.remove(at: place)) }
  }

  func drain(into batch: inout MixBatch, _ turn: inout Turn) {
    pacer.stop()
    release(into: &batch, &turn)
  }

  // MARK: What is sent

  func woke(_ turn: inout Turn) {
    let now = turn.now
    book.expire(now)
    // What has a rhythm ends with a stop: all that waits leaves at once.
    guard !turn.isDraining else { return }
    if Probe.buggify("cover.woken_late", oneIn: 10) { return turn.wake(at: now + .ms(30)) }
    real.look(now)
    blame.look(book, routes.nodes, now)
    if config.linkInterval > .zero, pacedFor != chooser?.revision { pace(from: max(began, now)) }
    while loops.strikes(now, &random) { beginLoop(&turn) }
    while drops.strikes(now, &random) { sendDrop(&turn) }
    if config.rate == .adaptive, now >= began, pacer.links.isEmpty { adapt(now) }
    for link in pacer.links.indices { tick(link, &turn) }
    wake(&turn)
  }

  /// Drop messages make up for what real packets lack to the floor.
  private func adapt(_ now: Instant) {
    let missing = config.floor - real.perSecond
    drops.setMean(missing > 0.01 ? Nanos(UInt64(1e9 / missing)) : nil, now: now, &random)
  }

  private func wake(_ turn: inout Turn) {
    var next = min(min(loops.next, drops.next), min(book.expiry, pacer.next))
    let followsChoices = chooser != nil && config.linkInterval > .zero
    if config.rate == .adaptive || followsChoices { next = min(next, turn.now + .ms(100)) }
    if next < .never { turn.wake(at: next) }
  }

  /// A loop begins now, or at the next tick of its first link.
  private func beginLoop(_ turn: inout Turn) {
    let name = drawName()
    guard let route = routes.loop(&random) else { return unrouted += 1 }
    guard pacer.link(to: routes.nodes[route[0]].address) != nil else {
      _ = sendLoop(name, route, &turn)
      return
    }
    if !pacer.awaitLoop(route) { unsent += 1 }
  }

  private func sendLoop(_ name: Bytes16, _ route: CoverRoute, _ turn: inout Turn) -> Bool {
    guard make(name, route, to: home, turn), maker.send(&turn) else {
      unsent += 1
      return false
    }
    book.send(LoopBook.Loop(name: name, sent: turn.now, route: route))
    return true
  }

  private func sendDrop(_ turn: inout Turn) {
    let name = drawName()
    // What the last layer sends would come on top of what the others keep up.
    let route = routes.drop(&random, endsInFirst: config.rate == .adaptive)
    guard let route else { return unrouted += 1 }
    guard make(name, route, to: Self.grave, turn), maker.send(&turn) else { return unsent += 1 }
    dropsSent += 1
  }

  /// What leaves on a link at its tick. A drop message is made even where a packet has waited, and then thrown away: all that is
  /// sent in a turn is written at its end, so a packet that was made would come later than others by the time that takes, and be
  /// known by that.
  private func tick(_ link: Int, _ turn: inout Turn) {
    let first = pacer.links[link].place
    guard var tick = pacer.tick(link, turn.now) else { return }
    let name = drawName()
    if case .loop(let route) = tick {
      if sendLoop(name, route, &turn) { return pacer.made(true) }
      // A node on its way may have no key now; the tick is for what else waits, or for a drop message.
      tick = pacer.otherwise(link)
    }
    // It ends with the next node: what comes to that from all its links would fill all that it has to the layer behind it.
    let isMade = make(name, CoverRoute([first]), to: Self.grave, turn)
    guard tick != .packet else { return }
    let isSent = isMade && maker.send(&turn)
    pacer.made(isSent)
    if isSent { dropsSent += 1 } else { unsent += 1 }
  }

  private func drawName() -> Bytes16 { Bytes16(words: [random.next(), random.next() | 1]) }

  private func make(
    _ name: Bytes16, _ route: CoverRoute, to destination: Bytes32, _ turn: borrowing Turn
  ) -> Bool {
    !Probe.buggify("cover.not_made", oneIn: 10)
      && maker.make(name, along: route, of: routes.nodes, to: destination, at: turn.wall, &random)
  }

  // MARK: What comes home

  func deliver(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ turn: inout Turn) {
    for i in batch.indices {
      guard let name = maker.name(in: batch.bytes(i)) else {
        turn.count(.badPayload)
        continue
      }
      if case .destination(Self.grave, _) = columns.route(i) {
        dropsTaken += 1
      } else if !book.arrive(name, turn.now) {
        turn.count(.expired)
      }
    }
  }

  // MARK: What is told

  func status() -> [StatusField] {
    var fields = [
      StatusField("loops_sent", .int(book.sent)), StatusField("loops_back", .int(book.back)),
      StatusField("loops_lost", .int(book.lost)), StatusField("loops_open", .int(book.open)),
      StatusField("alarm", .text(book.isAlarming ? "packets are withheld" : "none")),
      StatusField("alarms", .int(book.alarms)), StatusField("blamed", .int(blame.count)),
      StatusField("drops_sent", .int(dropsSent)),
      StatusField("drops_taken", .int(dropsTaken)), StatusField("cover_unsent", .int(unsent)),
      StatusField("cover_without_route", .int(unrouted)),
    ]
    if config.linkInterval > .zero { fields += pacer.status() }
    if let time = book.smoothed { fields.append(StatusField("loop_ms", .double(Double(time.ns) / 1e6))) }
    let estimate = LossEstimate(nodes: routes.nodes.count, book.results)
    for (place, node) in estimate.nodes.enumerated() where node.loops > 0 {
      let name = routes.nodes[place].name
      for (ending, loss) in [("", node.loss), (" low", node.low), (" high", node.high)] {
        fields.append(StatusField("loss_percent \(name)\(ending)", .double(100 * loss)))
      }
    }
    return fields
  }
}
