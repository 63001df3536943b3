public import MixNet

/// A world in which unchanged nodes run on one thread, in virtual time: hosts, the links between them, disks, clocks, and
/// what goes wrong with them.
///
/// All that happens follows from the seed, the settings and what its user does with it; the hash of its ``trace`` stands
/// for it. Nothing here waits, and no clock and no chance comes from outside. It must outlive the networks that it made
/// in so far as they are of no more use without it: their calls then do nothing.
public final class SimWorld {
  /// What everything is drawn from.
  public let seed: SimSeed
  /// What the world is like.
  public let settings: WorldSettings
  /// What happens.
  public let trace: Trace
  /// What goes wrong from now on; it may be changed while the world runs.
  public var faults: FaultPlan { didSet { beginFaults() } }
  /// How often each family of faults has struck.
  public internal(set) var struck = FaultCounts()
  /// Looks on at what programs write and read; it changes nothing.
  public var meter: (any StreamMeter)?
  /// The hosts, by number.
  public private(set) var hosts: [SimHost] = []
  /// How many turns reactors had.
  public internal(set) var turns: UInt64 = 0
  /// How many events there were.
  public private(set) var events: UInt64 = 0

  let bell = Doorbell()
  /// Those whose ringing is answered now; its memory is used again.
  var rings: [Doorbell.Ring] = []
  var heap = EventHeap()
  private let time: WorldTime
  var random: RandomStream
  var slots: [ReactorSlot] = []
  var links: [UInt64: SimLink] = [:]
  /// The links in the order in which they were first used.
  var linkList: [SimLink] = []
  var streams: [Stream] = []
  var vacantStreams: [UInt32] = []
  var dialled: UInt64 = 0
  var datagrams = DatagramPool()
  var tasks = TaskList()
  /// What hosts' names stand for.
  var names: [String: [Address]] = [:]
  /// A look at the plan is in the heap.
  var isFaulty = false
  var healToken: UInt32 = 0

  /// A world without hosts.
  public init(seed: SimSeed, settings: WorldSettings = WorldSettings()) {
    self.seed = seed
    self.settings = settings
    faults = settings.faults
    time = WorldTime(ns: settings.start.ns)
    trace = Trace(settings.trace)
    random = seed.stream(.world)
    beginFaults()
  }

  deinit {
    // Networks outlive their world where somebody still holds them; and they and the streams hold each other.
    for host in hosts { host.endOfWorld() }
    for stream in streams {
      stream.sides[0].network = nil
      stream.sides[1].network = nil
    }
  }

  /// The time of the world.
  public var now: Instant { Instant(ns: time.ns) }
  var ns: UInt64 { time.ns }
  var clockTime: WorldTime { time }

  /// When the next event is; nil when there is none to come.
  public var next: Instant? { heap.nextTime.map { Instant(ns: max($0, ns)) } }

  /// How many connections some host still knows of, or that still have something under way.
  public var openStreams: Int { streams.count - vacantStreams.count }
  /// How many datagrams are under way, or wait to be taken.
  public var openDatagrams: Int { datagrams.inUse }

  /// A new host, up and with nothing running. Its addresses are `10.n.b.c` and `fd00:0:n::b.c`, of its netgroup and
  /// its number from 1 on: hosts of two netgroups have neither an IPv4 /16 nor an IPv6 /48 in common.
  public func host(named name: String, netgroup: UInt8 = 0) -> SimHost {
    let host = SimHost(name: name, number: UInt32(hosts.count), netgroup: netgroup, world: self)
    hosts.append(host)
    return host
  }

  /// Goes to the next event and lets it happen; false when there is none.
  public func step() -> Bool { step(until: .max) }

  /// Lets the next event happen if it is not after `end`.
  private func step(until end: UInt64) -> Bool {
    answerBell()
    guard let next = heap.nextTime, next <= end, let event = heap.pop() else { return false }
    time.ns = max(time.ns, event.time)
    events += 1
    happen(event)
    return true
  }

  /// Lets all happen up to and including `end`, which is the time afterwards.
  public func run(until end: Instant) {
    while step(until: end.ns) {}
    time.ns = max(time.ns, end.ns)
  }

  /// Lets `span` pass.
  public func run(for span: Nanos) { run(until: now + span) }

  /// Lets the world go on until `isDone`, for at most `span`.
  ///
  /// - Returns: whether it is done.
  public func run(for span: Nanos, until isDone: () -> Bool) -> Bool {
    let end = now + span
    while !isDone() {
      guard step(until: end.ns) else {
        time.ns = max(time.ns, end.ns)
        return isDone()
      }
    }
    return true
  }

  /// Waits as ``Network/wait(until:into:)`` says, while the world goes on: for networks that no reactor serves. Even a
  /// look costs the time of a turn, or one who looks again and again would stop the world.
  public func wait(_ network: SimNetwork, until deadline: Instant?, into events: inout [NetworkEvent]) {
    guard events.count < events.capacity else { return }
    run(for: Nanos(max(1, settings.turnCost.ns)))
    while true {
      answerBell()
      let isWoken = network.isWoken
      network.wait(until: .zero, into: &events)
      if isWoken || !events.isEmpty { return }
      let end = network.isDead ? ns : network.host.clock.worldTime(of: deadline ?? .never)
      guard step(until: end) else {
        if end < .max { time.ns = max(time.ns, end) }
        return
      }
    }
  }

  /// Events to come at which a reactor of the host's present process gets a turn, those among them that were overtaken by others.
  public func pendingTurns(of host: SimHost) -> Int {
    heap.count { ($0.kind == .turn || $0.kind == .timer) && host.reactors.contains($0.who) }
  }

  private func happen(_ event: SimEvent) {
    switch event.kind {
    case .mark: break
    case .turn: turn(event.who)
    case .timer: timerFired(event.who, event.token)
    case .arrivalFromDialler: arrive(event.who, side: 0, event.token)
    case .arrivalFromAcceptor: arrive(event.who, side: 1, event.token)
    case .acknowledgeToDialler: acknowledged(event.who, side: 0, event.token)
    case .acknowledgeToAcceptor: acknowledged(event.who, side: 1, event.token)
    case .handshake: shakeHands(event.who, event.token)
    case .datagram: arrive(datagram: event.who)
    case .disk: hosts[Int(event.who)].diskDone(event.token)
    case .faults: strikeFaults()
    case .restart: hosts[Int(event.who)].comeBack(event.token)
    case .heal: healing(event.token)
    case .task: tasks.take(event.who)?(self)
    }
  }
}

@available(*, unavailable)
extension SimWorld: Sendable {}
