import MixHost
import MixNet

/// The node's gossip core on the chain's one worker, which its stages share, and what joins it to links.
///
/// A link is given a few frames at a time and the next ones when those have left, so the core decides late what goes first, and a neighbour
/// that does not read holds up nobody else.
final class GossipHub {
  // Swift would look at each access whether it meets another one, which takes some 3,000 instructions a delivery. All of them come from the chain's one
  // worker. The core calls what others wrote (validators, readers of its history); should one of those come back here, `core` ends the process.
  @exclusivity(unchecked) private var storedCore: GossipCore
  /// How many read the core now; -1: somebody changes it.
  @exclusivity(unchecked) private var coreUse = 0
  @exclusivity(unchecked) private var storedCarried: CarriedMessages
  @exclusivity(unchecked) private var storedLines: LinkLines
  @exclusivity(unchecked) private var storedEffects: [GossipEffect] = []
  let setup: GossipSetup
  /// From this the core's chances follow: another core with this seed and the same setup is the same.
  let seed: Seed
  /// Where the chain has one.
  var scores: (any ScoreBook)?
  /// For tests.
  var tape: (any GossipTape)?
  let framesMax: Int
  var tally = ServiceTally()
  @exclusivity(unchecked) private var storedReaders = ReaderList()
  /// When some stage is woken at the latest.
  private var wakes = Instant.never
  /// True when links were given frames since all times were looked at: what was late is announced, and that has a time.
  private(set) var hasPumped = false
  /// What is to be kept, and whether it is on the disk.
  private(set) var file: GossipFile
  private(set) var isFileOld = false
  private(set) var slowNeighbours = 0
  /// Messages that a reader had no room for.
  private(set) var unread = 0
  /// When the core was last called, for the status.
  private(set) var looked = Instant.zero
  var watcher: ((MemberEvent, NodeRecord) -> Void)?
  /// Where another node is that has this one's name, and who is told of it.
  private(set) var namesake: Address?
  private var namesakeWatcher: ((Address) -> Void)?

  init(_ setup: GossipSetup, _ builder: inout StageBuilder) throws(BuildError) {
    var random = builder.random()
    seed = Seed(random.next(), random.next(), random.next(), random.next())
    guard let core = setup.core(seed: seed) else { throw BuildError("the gossip core cannot be made: no memory") }
    unsafe storedCore = core
    (self.setup, file) = (setup, setup.saved)
    unsafe storedCarried = CarriedMessages(batch: builder.plan.batchSize)
    unsafe storedLines = LinkLines(seed: seed.derived("lines"))
    framesMax = min(Self.framesAtOnce, ChainPlan.queueDepth(builder.plan.maxQueueDepth))
  }

  // MARK: What there is

  var core: GossipCore {
    _read {
      unsafe precondition(coreUse >= 0, "the core was asked for something by what it has called itself")
      unsafe coreUse += 1
      defer { unsafe coreUse -= 1 }
      yield unsafe storedCore
    }
    _modify {
      unsafe precondition(coreUse == 0, "the core was asked for something by what it has called itself")
      unsafe coreUse = -1
      defer { unsafe coreUse = 0 }
      yield unsafe &storedCore
    }
  }

  /// Messages that are on their way through the chain.
  var carried: CarriedMessages {
    _read { yield unsafe storedCarried }
    _modify { yield unsafe &storedCarried }
  }

  var lines: LinkLines {
    _read { yield unsafe storedLines }
    _modify { yield unsafe &storedLines }
  }

  var readerList: ReaderList {
    _read { yield unsafe storedReaders }
    _modify { yield unsafe &storedReaders }
  }

  /// What is still to be carried out.
  private var effects: [GossipEffect] {
    _read { yield unsafe storedEffects }
    _modify { yield unsafe &storedEffects }
  }

  // MARK: Calls

  /// Does something with the core, and carries out what follows. `call` says the same to who listens.
  func act<R>(
    _ turn: inout Turn, _ call: @autoclosure () -> CoreCall,
    _ body: (inout GossipCore, Instant, inout [GossipEffect]) -> R
  ) -> R {
    let result = step(&turn, call(), body)
    wake(&turn)
    return result
  }

  /// The same for a step of a message, which as a rule changes no time: whoever takes it asks for the wake where one may have.
  func step<R>(
    _ turn: inout Turn, _ call: @autoclosure () -> CoreCall,
    _ body: (inout GossipCore, Instant, inout [GossipEffect]) -> R
  ) -> R {
    if let tape { tape.note(.call(call(), at: turn.now)) }
    looked = turn.now
    let result = body(&core, turn.now, &effects)
    if !effects.isEmpty { carryOutAll(&turn) }
    return result
  }

  private func carryOutAll(_ turn: inout Turn) {
    var list: [GossipEffect] = []
    swap(&list, &effects)
    var place = 0
    while place < list.count {
      if let tape { tape.note(.effect(list[place])) }
      carryOut(list[place], &list, &turn)
      place += 1
    }
    list.removeAll(keepingCapacity: true)
    swap(&list, &effects)
  }

  /// Sees to it that the stage that is called now is woken when the core has something to do, unless another one is before that.
  func wake(_ turn: inout Turn) {
    hasPumped = false
    wake(at: core.next, &turn)
  }

  /// The same where only messages were opened, and none refused.
  func wakeForOpened(_ turn: inout Turn) { if hasPumped { wake(&turn) } else { wake(at: core.nextOfOpened, &turn) } }

  func notePumped() { hasPumped = true }
  func noteDelivery(unread count: Int) { unread += count }

  private func wake(at next: Instant, _ turn: inout Turn) {
    guard next < wakes else { return }
    wakes = next
    turn.wake(at: next)
  }

  /// Whether something is left to carry out with the next call.
  var hasEffects: Bool { !effects.isEmpty }

  func start(_ turn: inout Turn) {
    let wall = UInt64(max(0, turn.wall.ns)) / 1_000_000
    file.epoch = max(wall, file.epoch + 1)
    isFileOld = true
    let (epoch, known) = (file.epoch, file.known)
    act(&turn, .start(epoch: epoch, known: known)) { $0.start(epoch: epoch, known: known, now: $1, &$2) }
  }

  func tick(_ turn: inout Turn) {
    let wall = turn.wall
    // Whoever was to be woken is; another stage may be as well, later, which does no harm.
    wakes = .never
    tellGone(&turn)
    act(&turn, .tick(wall)) { $0.tick(now: $1, wall: wall, &$2) }
    if let next = lines.nextLeaving { turn.wake(at: next) }
    for number in lines.waiting { pump(number, &effects, &turn) }
    wake(&turn)
    tellScores(&turn)
  }

  private func carryOut(_ effect: GossipEffect, _ list: inout [GossipEffect], _ turn: inout Turn) {
    switch effect {
    case .dial(let address, _, let number):
      if let link = turn.open(address, once: true) {
        lines.dial(number, on: link)
      } else {
        if let tape { tape.note(.call(.dialFailed(number), at: turn.now)) }
        core.dialFailed(number, now: turn.now, &list)
      }
    case .close(let number): if let line = lines.remove(number) { turn.close(line.id) }
    case .pending(let number): pump(number, &list, &turn)
    case .datagram(let bytes, let addresses):
      guard var out = turn.datagram(to: addresses, length: bytes.count) else { return turn.count(.poolFull) }
      out.put(bytes.span, at: 0)
    case .deliver(let message): noteDelivery(unread: readerList.deliver(message))
    case .incarnation(let number):
      file.incarnation = number
      isFileOld = true
    case .member(let event, let record):
      if event == .neighbour { remember(record) }
      watcher?(event, record)
    case .met(let node): met(node, &list, turn.now)
    case .served(let node): if scores != nil { tally.add(node) }
    case .offence(let offence, let node): scores?.add(offence.conduct, of: node, at: turn.now)
    case .slow(let node, let isSlow):
      slowNeighbours += isSlow ? 1 : -1
      if isSlow { scores?.add(.failure, of: node, at: turn.now) }
    case .namesake(let address):
      namesake = address
      namesakeWatcher?(address)
    }
  }

  /// Tells, once, where another node is that has this one's name; at once if it is known.
  func watchNamesake(_ body: @escaping (Address) -> Void) {
    namesakeWatcher = body
    if let namesake { body(namesake) }
  }

  // MARK: What is kept

  private func remember(_ record: NodeRecord) {
    file.known.removeAll { $0.id == record.id }
    file.known.insert(record, at: 0)
    if file.known.count > GossipFile.knownMax { file.known.removeLast() }
    isFileOld = true
  }

  /// What is to be written now, if anything is.
  func takeFile() -> GossipFile? {
    guard isFileOld else { return nil }
    isFileOld = false
    return file
  }

  func fileNotWritten() { isFileOld = true }
}
