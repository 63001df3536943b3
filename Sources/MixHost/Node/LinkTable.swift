import MixNet
import Synchronization

/// The links of one worker, and everything that reads, writes and times them.
///
/// It is a table of fixed size. Nothing here calls a stage but the parts of a stage's own link; what happens to links is
/// left in ``changes`` and ``clientEvents`` for the worker.
final class LinkTable {
  let worker: Int
  let environment: Environment
  let shared: NodeShared
  var settings: NodeSettings
  let sides: [ChainSide]
  let capacity: Int
  let links: UnsafeMutablePointer<Link>
  private var freePlaces: [UInt16]
  // Asked for with every event, and calls nothing.
  @exclusivity(unchecked) private var placeOf: NumberTable
  var pool: SendPool
  @exclusivity(unchecked) var timers: TimerWheel
  /// Links with something to write.
  @exclusivity(unchecked) private var dirty: [Int] = []
  private let isDirty: UnsafeMutablePointer<Bool>
  var random: RandomStream
  /// True once the node stops: links that come up are not read.
  var isStopping = false
  /// Why connections have ended.
  var closes = LinkCloses()
  /// Links that are not read for want of slots.
  private(set) var paused = 0

  let scratch: UnsafeMutableRawBufferPointer
  let slices: UnsafeMutableBufferPointer<IOSlice>

  struct Change {
    let chain: Int
    let change: LinkChange
  }
  struct Drained {
    let chain: Int
    let link: LinkID
  }
  enum ClientEvent {
    case attached(chain: Int, Bytes32, LinkID)
    case detached(chain: Int, Bytes32, LinkID)
    case received(chain: Int, Bytes32, UInt64)
  }
  let changes: Worklist<Change>
  let drained: Worklist<Drained>
  let clientEvents: Worklist<ClientEvent>
  private let news = WorkSum()

  /// True when the worker has something to tell its stages.
  var hasNews: Bool { !news.isEmpty }

  /// A frame may need two slices, its head and its body; 64 frames go out at once.
  static let framesPerWrite = 64
  static let scratchBytes = 256 << 10

  init(
    worker: Int, environment: Environment, shared: NodeShared, sides: [ChainSide], seed: Seed, now: Instant
  ) {
    self.worker = worker
    self.environment = environment
    self.shared = shared
    self.sides = sides
    self.now = now
    changes = Worklist(countedIn: news)
    drained = Worklist(countedIn: news)
    clientEvents = Worklist(countedIn: news)
    settings = shared.blueprint.settings
    random = RandomStream(seed: seed)
    capacity = min(settings.linksMax, Int(UInt16.max))
    links = .allocate(capacity: capacity)
    links.initialize(repeating: Link(), count: capacity)
    freePlaces = (0..<UInt16(capacity)).reversed()
    // It grows with the links: the smaller it is, the more of it the processor has at hand.
    placeOf = NumberTable(seed: seed.derived("connections"))
    pool = SendPool(capacity: Self.poolSize(slots: sides.reduce(0) { $0 + $1.effects.slab.count }))
    timers = TimerWheel(capacity: capacity, now: now)
    dirty.reserveCapacity(capacity)
    isDirty = .allocate(capacity: capacity)
    isDirty.initialize(repeating: false, count: capacity)
    scratch = .allocate(byteCount: Self.scratchBytes, alignment: 64)
    scratch.initializeMemory(as: UInt8.self, repeating: 0)
    slices = .allocate(capacity: 2 * Self.framesPerWrite + 2)
  }

  deinit {
    links.deinitialize(count: capacity)
    links.deallocate()
    isDirty.deallocate()
    scratch.deallocate()
    slices.deallocate()
  }

  /// Every slot may wait once, and a fan-out may take a quarter more.
  static func poolSize(slots: Int) -> Int { slots + slots / 4 + 256 }

  /// The memory that such a table takes, in bytes.
  static func memory(slots: Int, settings: NodeSettings) -> Int {
    SendPool.memory(capacity: poolSize(slots: slots)) + scratchBytes
      + settings.linksMax * (MemoryLayout<Link>.stride + 12 + LinkRate.memory(settings.rates))
      + NumberTable.memory(capacity: settings.linksMax)
      + TimerWheel.memory(capacity: settings.linksMax)
  }

  /// The time of this turn.
  var now: Instant
  var count: Int { capacity - freePlaces.count }

  // MARK: Places

  /// The place of a link, if it still is the one that the id names.
  func place(of id: LinkID) -> Int? {
    guard id.worker == worker, id.place < capacity, links[id.place].state != .free, links[id.place].id == id else {
      return nil
    }
    return id.place
  }

  /// Who is at the other end of a link between nodes.
  func peer(of id: LinkID) -> LinkPeer? {
    guard let place = place(of: id), case .peer = links[place].kind else { return nil }
    if let expected = links[place].expected { return LinkPeer(address: expected, isExpected: true) }
    return links[place].peer.isZero ? nil : LinkPeer(address: links[place].peer, isExpected: false)
  }

  func place(of connection: ConnectionID) -> Int? { placeOf[connection.raw] }

  func setConnection(_ connection: ConnectionID?, at place: Int) {
    if let old = links[place].connection { placeOf[old.raw] = nil }
    links[place].connection = connection
    if let connection { placeOf[connection.raw] = place }
  }

  /// A fresh link, or nil when the node has as many as it may.
  func add(kind: Link.Kind, chain: Int, limits: FrameLimits) -> Int? {
    if Probe.buggify("link.table_full", oneIn: 20) { return nil }
    guard shared.links.load(ordering: .relaxed) < settings.linksMax, let place = freePlaces.popLast() else {
      return nil
    }
    shared.links.wrappingAdd(1, ordering: .relaxed)
    shared.ports[worker].links.wrappingAdd(1, ordering: .relaxed)
    let generation = links[Int(place)].generation &+ 1
    links[Int(place)] = Link()
    links[Int(place)].generation = generation
    links[Int(place)].id = LinkID(worker: worker, place: Int(place), generation: generation)
    links[Int(place)].kind = kind
    links[Int(place)].chain = chain
    links[Int(place)].limits = limits
    return Int(place)
  }

  /// Frees a link's place; its connection and its queue are gone already.
  func remove(_ place: Int) {
    if !Probe.planted("timer_left", oneIn: 4) { timers.cancel(UInt32(place)) }
    resume(place)
    forget(place)
    links[place].state = .free
    links[place].target = nil
    links[place].origin = nil
    links[place].writing.bytes = []
    freePlaces.append(UInt16(place))
    shared.links.wrappingSubtract(1, ordering: .relaxed)
    shared.ports[worker].links.wrappingSubtract(1, ordering: .relaxed)
  }

  // MARK: Work to do

  /// Makes sure that the link is looked at no later than at `time`.
  func arm(_ place: Int, at time: Instant) {
    guard time != .never else { return }
    if !timers.isSet(UInt32(place)) || time < armedAt(place) { timers.set(UInt32(place), at: time) }
  }

  private func armedAt(_ place: Int) -> Instant { timers.time(of: UInt32(place)) }

  func markDirty(_ place: Int) {
    if isDirty[place] { return }
    isDirty[place] = true
    dirty.append(place)
  }

  /// Writes what the turn has queued.
  func flushDirty() {
    var i = 0
    // Writing may lead to more to write: a goodbye after the last packet.
    while i < dirty.count {
      let place = dirty[i]
      isDirty[place] = false
      if links[place].state != .free { flush(place) }
      i += 1
    }
    dirty.removeAll(keepingCapacity: true)
  }

  /// Asks for the events that the link wants now.
  func attend(_ place: Int) {
    guard let connection = links[place].connection else { return }
    let link = links + place
    let wantsRead =
      !link.pointee.isPaused && !link.pointee.isReadingOver && link.pointee.pace.readsAgain == .zero
    environment.network.setInterest(connection, read: wantsRead, write: link.pointee.writing.isBlocked)
  }

  // MARK: Making clients wait

  /// Stops reading a client's link until there are slots again.
  func pause(_ place: Int) {
    guard !links[place].isPaused, links[place].connection != nil else { return }
    Probe.reachable("client.paused")
    links[place].isPaused = true
    paused += 1
    sides[links[place].chain].effects.counters.add(.pauses)
    attend(place)
  }

  func resume(_ place: Int) {
    guard links[place].isPaused else { return }
    Probe.reachable("client.resumed")
    links[place].isPaused = false
    paused -= 1
    // The time that it was made to wait is not its own.
    if links[place].reading.headerCount > 0 { links[place].reading.since = now }
    attend(place)
    // What was not looked at meanwhile, as how long it has been idle, is now.
    if links[place].connection != nil { arm(place, at: now) }
  }

  /// Reads again where slots have come back.
  func resumeClients() {
    guard paused > 0 else { return }
    for place in 0..<capacity where links[place].isPaused && room(links[place].chain, keeping: 3) > 0 { resume(place) }
  }

  /// How many bytes clients may send now, so that whatever frames these are, each finds a slot.
  ///
  /// Clients may take slots of a class, and of those above it, only while more than a quarter (`keeping` 4; a third to
  /// start again) of the worker's are free: the rest is for peers, which are always read.
  func room(_ chain: Int, keeping part: Int = 4, framesOf least: Int = 0) -> Int {
    let effects = sides[chain].effects
    let limits = effects.shared.plan.limits
    var room = Int.max
    var smallest = max(least, limits.dataMin)
    for sizeClass in effects.slab.classes where sizeClass.bytes >= limits.dataMin && !sizeClass.isReserved {
      let size = sizeClass.bytes
      let slots = effects.free.room(bytes: size)
      let spare = slots.free - slots.home / part
      // So many frames that need such a slot have at least so many bytes.
      room = min(room, spare * (Framing.raw.headerSize + smallest))
      if size >= limits.dataMax { break }
      smallest = size + 1
    }
    return room
  }
}
