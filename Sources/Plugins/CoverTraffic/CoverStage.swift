import MixHost
import MixNet

/// Sends packets that carry nothing, so that what is real is hidden among them: loops, which come home and tell what became of
/// them, and drop messages, which end somewhere. On every link and for every node they are packets like others; only the node at
/// the end of the way knows.
///
/// It holds nothing: what comes goes on at once.
/// Source: Piotrowska and others, "The Loopix anonymity system" (2017).
final class CoverStage: MixStage {
  private let config: CoverConfig
  private let maker: any PacketMaker
  private let node: NodeFacts
  /// Where the node's loops come home, and where everybody's drop messages end.
  private let home: Bytes32
  private static let grave = Fingerprint.service("cover_traffic")
  /// Where nodes choose their peers, cover goes along what they have chosen.
  private let chooser: (any PeerChooser)?
  private var routes: CoverRoutes
  private var random: RandomStream
  private var loops = PoissonClock()
  private var drops = PoissonClock()
  private var book: LoopBook
  /// Before this there is no cover.
  private var began = Instant.zero
  private var real = RateMeter()
  private var message = [UInt8](repeating: 0, count: 16)
  private var hops: [PacketHop] = []
  /// A packet is made here: one that cannot be made must not have been given to the chain.
  private var packet: [UInt8]
  private(set) var dropsSent = 0
  private(set) var dropsTaken = 0
  private(set) var unsent = 0
  private(set) var unrouted = 0

  init(_ config: CoverConfig, _ builder: inout StageBuilder) throws(BuildError) {
    self.config = config
    node = builder.node
    maker = try builder.capability(.packetMaker)
    packet = [UInt8](repeating: 0, count: maker.packetSize)
    random = builder.random()
    home = Bytes32(words: [random.next(), random.next(), random.next(), random.next()])
    chooser = builder.offered(.peerChooser)
    routes = CoverRoutes(builder.node.directory, of: builder.node.address, by: chooser)
    book = LoopBook(timeout: config.loopTimeout)
    hops.reserveCapacity(CoverRoute.hopsMax)
    try builder.claim(home)
    try builder.claim(Self.grave)
  }

  func started(_ turn: inout Turn) {
    began = turn.now + config.start
    loops.setMean(config.loopInterval == .zero ? nil : config.loopInterval, now: began, &random)
    if config.rate == .fixed {
      drops.setMean(config.dropInterval == .zero ? nil : config.dropInterval, now: began, &random)
    }
    wake(&turn)
  }

  func networkChanged(_ directory: NetworkDirectory, _ turn: inout Turn) {
    routes = CoverRoutes(directory, of: node.address, by: chooser)
    book = LoopBook(timeout: config.loopTimeout)
  }

  // MARK: What passes

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.packets.indices {
      if case .node = columns.route(i) { real.add(1) }
    }
  }

  func release(into batch: inout MixBatch, _ turn: inout Turn) {}
  func drain(into batch: inout MixBatch, _ turn: inout Turn) {}

  // MARK: What is sent

  func woke(_ turn: inout Turn) {
    let now = turn.now
    book.expire(now)
    while loops.strikes(now, &random) { sendLoop(&turn) }
    while drops.strikes(now, &random) { sendDrop(&turn) }
    if config.rate == .adaptive, now >= began { adapt(now) }
    wake(&turn)
  }

  /// Drop messages make up for what real packets lack to the floor.
  private func adapt(_ now: Instant) {
    real.look(now)
    let missing = config.floor - real.perSecond
    drops.setMean(missing > 0.01 ? Nanos(UInt64(1e9 / missing)) : nil, now: now, &random)
  }

  private func wake(_ turn: inout Turn) {
    var next = min(min(loops.next, drops.next), book.expiry)
    if config.rate == .adaptive { next = min(next, turn.now + .ms(100)) }
    if next < .never { turn.wake(at: next) }
  }

  private func sendLoop(_ turn: inout Turn) {
    let name = Bytes16(words: [random.next(), random.next() | 1])
    let now = turn.now
    guard let route = routes.loop(&random) else { return unrouted += 1 }
    guard send(route, to: home, name, &turn) else { return unsent += 1 }
    book.send(LoopBook.Loop(name: name, sent: now, route: route))
  }

  private func sendDrop(_ turn: inout Turn) {
    let name = Bytes16(words: [random.next(), random.next() | 1])
    // What the last layer sends would come on top of what the others keep up.
    let route = routes.drop(&random, endsInFirst: config.rate == .adaptive)
    guard let route else { return unrouted += 1 }
    guard send(route, to: Self.grave, name, &turn) else { return unsent += 1 }
    dropsSent += 1
  }

  /// Makes a packet and gives it to the chain; false when there is no room, or no key for a node.
  private func send(_ route: CoverRoute, to destination: Bytes32, _ name: Bytes16, _ turn: inout Turn) -> Bool {
    hops.removeAll(keepingCapacity: true)
    for hop in 0..<route.count {
      let delay = Logarithm.exponential(mean: config.meanDelay, ofUniform: random.next())
      hops.append(PacketHop(node: routes.nodes[route[hop]], delay: delay))
    }
    Self.write(name, into: &message)
    guard let first = hops.first, make(to: destination, at: turn.wall) else { return false }
    let bytes = packet
    guard var slot = turn.inject(at: .forward, length: bytes.count, route: .node(first.node.address)) else {
      return false
    }
    slot.put(bytes.span, at: 0)
    return true
  }

  private func make(to destination: Bytes32, at time: WallTime) -> Bool {
    let (hops, text) = (hops, message)
    return Self.make(maker, hops, to: destination, text, at: time, into: &packet, &random)
  }

  private static func make(
    _ maker: any PacketMaker, _ hops: [PacketHop], to destination: Bytes32, _ text: [UInt8], at time: WallTime,
    into packet: inout [UInt8], _ random: inout RandomStream
  ) -> Bool {
    var span = packet.mutableSpan
    return maker.packet(along: hops, to: destination, message: text.span, at: time, into: &span, random: &random)
  }

  private static func write(_ name: Bytes16, into message: inout [UInt8]) {
    var span = message.mutableSpan
    name.write(to: &span)
  }

  // MARK: What comes home

  func deliver(_ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ turn: inout Turn) {
    for i in batch.indices {
      let payload = batch.bytes(i)
      guard let range = maker.message(in: payload), range.count == 16 else {
        turn.count(.badPayload)
        continue
      }
      if case .destination(Self.grave, _) = columns.route(i) {
        dropsTaken += 1
      } else if !book.arrive(Bytes16(payload.extracting(range)), turn.now) {
        turn.count(.expired)
      }
    }
  }

  func status() -> [StatusField] {
    var fields = [
      StatusField("loops_sent", .int(book.sent)), StatusField("loops_back", .int(book.back)),
      StatusField("loops_lost", .int(book.lost)), StatusField("loops_open", .int(book.open)),
      StatusField("alarm", .text(book.isAlarming ? "packets are withheld" : "none")),
      StatusField("alarms", .int(book.alarms)), StatusField("drops_sent", .int(dropsSent)),
      StatusField("drops_taken", .int(dropsTaken)), StatusField("cover_unsent", .int(unsent)),
      StatusField("cover_without_route", .int(unrouted)),
    ]
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
