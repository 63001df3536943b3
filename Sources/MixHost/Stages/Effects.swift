package import MixNet
import Synchronization

/// What one chain has on one worker beside its stages: free slots, counters, and what was asked for in this turn and is
/// carried out after it. Everything that leaves the chain passes through the lists here.
package final class Effects {
  /// A frame for a link: its slot, less `skip` bytes at the front, after a prefix. It owns one reference to the slot.
  struct LinkSend {
    let slot: UInt32
    let skip: UInt32
    let link: LinkID
    let prefix: SendPrefix
  }
  struct ClientSend {
    let slot: UInt32
    let address: Bytes32
    let identifier: Bytes16
  }
  struct ChainSend {
    let slot: UInt32
    let chain: ChainRef
  }
  struct DatagramSend {
    let slot: UInt32
    let target: DatagramTarget
  }
  /// Where a datagram goes. Most go to one, for which no list is made.
  enum DatagramTarget {
    case one(Address)
    case all([Address])

    func forEach(_ body: (Address) -> Void) {
      switch self {
      case .one(let address): body(address)
      case .all(let addresses): for address in addresses { body(address) }
      }
    }
  }
  struct Closing {
    let link: LinkID
    let reason: CloseReason
  }

  /// A link that a stage wants: one of the chain's, or, with limits, one of the stage's own.
  package struct Opening {
    package let address: Address
    package let limits: FrameLimits?
    package let peer: Bytes32?
    package let isOnce: Bool
    package let stage: Int
  }

  package let shared: ChainShared
  package let worker: Int
  let slab: Slab
  let counters: ChainCounters
  let free: FreeSlots
  /// The batches that verify stages hold back.
  let gate = Gate()
  var now = Instant.zero
  var wall = WallTime(ns: 0)
  /// Everything in the tail leaves, whatever its time.
  var isDraining = false
  /// The number of the stage that is being called.
  var stage = 0

  let sends: Worklist<LinkSend>
  let clients: Worklist<ClientSend>
  let chains: Worklist<ChainSend>
  let datagrams: Worklist<DatagramSend>
  let closing: Worklist<Closing>
  /// Packets of the node's own on their way into the tail.
  let injected: Worklist<UInt32>
  /// Packets that stages let in, on their way into the head.
  let entering: Worklist<UInt32>
  /// All that is in these lists.
  private let pending = WorkSum()
  /// When each stage wants to be woken, by its number.
  private let wakeTimes: UnsafeMutablePointer<Instant>
  // It, and what reaches beyond the chain, is looked at for every packet, and no access to it is still under way when a stage changes it.
  /// The earliest of them.
  @exclusivity(unchecked) package private(set) var nextWake = Instant.never
  private let stages: Int

  /// What reaches beyond the chain; set by the worker.
  @exclusivity(unchecked) package var openLink: (Opening) -> LinkID? = { _ in nil }
  @exclusivity(unchecked) package var writeLink: (Span<UInt8>, LinkID) -> Bool = { _, _ in false }
  @exclusivity(unchecked) package var watchLink: (LinkID) -> Void = { _ in }
  @exclusivity(unchecked) package var lastFailure: (LinkID) -> CloseReason? = { _ in nil }
  @exclusivity(unchecked) package var linkPeer: (LinkID) -> LinkPeer? = { _ in nil }
  package var publish:
    ([UInt8], _ topic: String, ChainRef, _ stage: Int, _ done: @escaping (DropReason?, inout Turn) -> Void) -> Void = {
      _, _, _, _, _ in
    }
  package var runJob: (StorageJob, _ stage: Int, @escaping (StorageResult, inout Turn) -> Void) -> Bool = { _, _, _ in
    false
  }
  /// Workers to wake after the turn, a bit each.
  var touched: UInt64 = 0
  /// Workers that slots were sent home to.
  var returnedTo: UInt64 = 0

  package init(shared: ChainShared, worker: Int) {
    self.shared = shared
    self.worker = worker
    slab = shared.slab
    counters = shared.counters[worker]
    free = FreeSlots(slab: shared.slab, home: worker)
    stages = shared.plan.stageNames.count + ChainCounters.firstStage
    wakeTimes = .allocate(capacity: stages)
    wakeTimes.initialize(repeating: .never, count: stages)
    sends = Worklist(capacity: 8 * shared.plan.batchSize, countedIn: pending)
    clients = Worklist(capacity: shared.plan.batchSize, countedIn: pending)
    chains = Worklist(capacity: shared.plan.batchSize, countedIn: pending)
    datagrams = Worklist(countedIn: pending)
    closing = Worklist(countedIn: pending)
    injected = Worklist(capacity: shared.plan.batchSize, countedIn: pending)
    entering = Worklist(countedIn: pending)
  }

  deinit { wakeTimes.deallocate() }

  /// True while something that stages asked for is still to be carried out: news of links may come after that was done.
  var isPending: Bool { !pending.isEmpty }

  /// The bytes of a packet that this worker owns.
  func memory(_ slot: UInt32) -> UnsafeMutableBufferPointer<UInt8> {
    let header = slab.header(slot)
    return UnsafeMutableBufferPointer(
      start: header.pointee.bytes + Int(header.pointee.start), count: Int(header.pointee.length))
  }

  /// One owner of a slot lets go; the last one sends it home.
  func letGo(_ slot: UInt32) {
    if Probe.planted("slot_leaked", oneIn: 500) { return }
    let header = slab.header(slot)
    if header.pointee.isShared {
      guard slab.release(slot) else { return }
      header.pointee.isShared = false
    }
    let home = Int(header.pointee.home)
    if home == worker {
      free.give(slot)
    } else {
      let returned = shared.returns[worker][home].push(slot)
      precondition(returned, "a ring as large as the chain's slots was full")
      returnedTo |= 1 << UInt64(home)
    }
  }

  /// Drops a packet for a reason that the host found.
  func drop(_ slot: UInt32, stage: Int, _ reason: DropReason) {
    if !Probe.planted("drop_uncounted") { counters.add(stage: stage, reason) }
    letGo(slot)
  }
}

/// What a ``Turn`` asks for.
extension Effects {
  func tellPeers(_ bytes: [UInt8]?) -> Bool {
    let place = stage - ChainCounters.firstStage
    guard shared.plan.stageNames.indices.contains(place) else { return false }
    let type = String(shared.plan.stageNames[place].prefix { $0 != "/" })
    return shared.hello.withLock { $0.set(type, bytes) }
  }

  func wake(at time: Instant) {
    wakeTimes[stage] = min(wakeTimes[stage], time)
    nextWake = min(nextWake, time)
  }

  /// True, once, when the stage's time has come.
  func takeWake(stage: Int) -> Bool {
    guard wakeTimes[stage] <= now else { return false }
    wakeTimes[stage] = .never
    nextWake = .never
    for i in 0..<stages { nextWake = min(nextWake, wakeTimes[i]) }
    return true
  }

  func frame(on link: LinkID, length: Int) -> UInt32? {
    // A frame of another size would make the other end close the link.
    guard shared.plan.limits.allows(.data, size: length), link != .none else { return nil }
    guard let slot = free.take(bytes: length) else { return nil }
    counters.add(.frames)
    sends.append(LinkSend(slot: slot, skip: 0, link: link, prefix: .none))
    return slot
  }

  func datagram(to target: DatagramTarget, length: Int) -> UInt32? {
    guard shared.plan.datagrams != nil, length >= 0, length <= datagramMax else { return nil }
    guard let slot = free.take(bytes: length) else { return nil }
    datagrams.append(DatagramSend(slot: slot, target: target))
    return slot
  }

  /// A packet for the head; nil where this worker has none.
  func enter(length: Int) -> UInt32? {
    guard shared.plan.hasHead(worker), length >= 0, let slot = free.take(bytes: length) else { return nil }
    entering.append(slot)
    return slot
  }

  func inject(at phase: Phase, length: Int, route: Route, id: Bytes32, priority: UInt8) -> UInt32? {
    guard phase >= .delay, length >= 0, let slot = free.take(bytes: length) else { return nil }
    let header = slab.header(slot)
    header.pointee.entry = phase
    header.pointee.route = route
    header.pointee.id = id
    header.pointee.priority = priority
    header.pointee.arrival = now
    header.pointee.deadline = now
    counters.add(.injected)
    injected.append(slot)
    return slot
  }
}
