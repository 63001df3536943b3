package import MixNet
import Synchronization

/// One chain on one worker: its head, its tail where this is the owner, and its stages.
package final class ChainSide {
  package let effects: Effects
  package let plan: ChainPlan
  let shared: ChainShared
  /// The stages by their place in the chain; nil where a stage of the tail is not built on this worker.
  private let stages: [BuiltStage?]
  /// Those that are built here, in the chain's order.
  private let built: [Numbered<any Stage>]
  /// What other workers send here: slots that come home, and frames for links.
  private let returned: [Ring<UInt32>]
  let frames: [Ring<RemoteSend>]
  @exclusivity(unchecked) private var head: Head?
  @exclusivity(unchecked) private var tail: Tail?
  private let mixStages: [Int]
  /// The addresses that stages of this side have claimed, in an order of their own.
  package let claims: [Bytes32]
  private(set) var headIsDone = false
  private var hasFinished = false

  /// Builds the chain's stages on this worker's thread, in their order.
  package init(
    chain: ChainBlueprint, shared: ChainShared, worker: Int, node: NodeFacts, seed: Seed, targets: [String: Int],
    hasClients: Bool, now: Instant, wall: WallTime
  ) throws(BuildError) {
    self.shared = shared
    plan = chain.plan
    effects = Effects(shared: shared, worker: worker)
    let others = (0..<shared.workers).filter { $0 != worker }
    returned = others.map { shared.returns[$0][worker] }
    frames = others.map { shared.sends[$0][worker] }
    effects.now = now
    effects.wall = wall
    let site = BuildSite(seed: seed, offers: chain.offers, targets: targets)
    let isTail = worker == plan.owner
    var stages: [BuiltStage?] = []
    var mixStages: [Int] = []
    for (place, stage) in chain.stages.enumerated() {
      let number = ChainCounters.firstStage + place
      guard isTail || stage.role.isInHead, plan.hasHead(worker) else {
        stages.append(nil)
        continue
      }
      var builder = StageBuilder(plan: plan, worker: worker, node: node, site: site, stage: number)
      do {
        stages.append(try stage.make(&builder))
      } catch {
        throw BuildError("stage '\(stage.name)' of chain '\(plan.name)' could not be built: \(error.description)")
      }
      if stage.role == .mix { mixStages.append(number) }
    }
    self.stages = stages
    built = stages.enumerated().compactMap { place, stage in
      stage.map { Numbered(stage: $0.stage, number: ChainCounters.firstStage + place) }
    }
    self.mixStages = mixStages
    claims = site.claims.keys.sorted { $0.description < $1.description }
    head = Head(stages: stages, effects: effects)
    if isTail { tail = Tail(stages: stages, effects: effects, claims: site.claims, hasClients: hasClients) }
  }

  /// True where the chain's tail runs.
  var isTail: Bool { effects.worker == plan.owner }

  /// A node that was killed, as a simulator does it, or that has given its stop up, has not been drained: what its mix stages
  /// hold goes with it. Those that give nothing back lose it here, and trap.
  deinit { if (tail?.mixed ?? 0) > 0 { abandonTail() } }

  /// Calls ``Stage/started(_:)`` of every stage.
  package func start() { callAll { $0.started(&$1) } }

  /// The time of this turn.
  package func begin(now: Instant, wall: WallTime) {
    effects.now = now
    effects.wall = wall
    for ring in returned { while let slot = ring.pop() { effects.free.give(slot) } }
  }

  /// A packet that has arrived whole, in a slot of this worker's.
  package func receive(_ slot: UInt32, on link: LinkID) {
    // At the stop, what the tail hands to its own head still goes its way: the tail has not finished.
    guard !headIsDone || link == .none else {
      effects.counters.add(.received)
      return effects.drop(slot, stage: ChainCounters.linkIn, .stopped)
    }
    head?.receive(slot, on: link)
  }

  /// Runs what has arrived and what is due; true when some is left for another turn.
  package func step() -> Bool {
    wake()
    takeEntering()
    var more = head?.step() ?? false
    if isTail {
      more = tail?.step() ?? false || more
    } else {
      passInjectedOn()
    }
    return more
  }

  /// Those that stages let in while the chain stops have come too late.
  private func takeEntering() {
    effects.entering.workOff { slot in
      guard headIsDone else { return receive(slot, on: .none) }
      effects.counters.add(.received)
      effects.drop(slot, stage: ChainCounters.linkIn, .stopped)
    }
  }

  private func passInjectedOn() {
    effects.injected.workOff { slot in
      let pushed = shared.toTail[effects.worker].push(slot)
      precondition(pushed, "a ring as large as the chain's slots was full")
      effects.touched |= 1 << UInt64(plan.owner)
    }
  }

  private func wake() {
    guard effects.nextWake <= effects.now else { return }
    for (place, built) in stages.enumerated() {
      let number = ChainCounters.firstStage + place
      guard let built, effects.takeWake(stage: number) else { continue }
      call(number) { built.stage.woke(&$0) }
      if mixStages.contains(number) { tail?.releaseFromMix() }
    }
  }

  /// True when another worker has left something here since the last turn.
  var hasArrivals: Bool {
    for ring in frames where !ring.isEmpty { return true }
    guard isTail else { return false }
    for ring in shared.toTail where !ring.isEmpty { return true }
    return false
  }

  /// The time at which this side next has something to do.
  package var next: Instant {
    if (head?.waiting ?? 0) > 0 || effects.isPending || effects.gate.isReady { return .zero }
    return min(effects.nextWake, tail?.next ?? .never)
  }

  /// Calls one stage by its number.
  func call(_ number: Int, _ body: (inout Turn) -> Void) {
    effects.stage = number
    var turn = Turn(effects)
    body(&turn)
  }

  /// Calls one stage by its number, with the stage.
  func call(stage number: Int, _ body: (any Stage, inout Turn) -> Void) {
    let place = number - ChainCounters.firstStage
    guard stages.indices.contains(place), let built = stages[place] else { return }
    call(number) { body(built.stage, &$0) }
  }

  /// Calls the stage that publishes, if the chain has one.
  func callPublisher(_ body: (any Publisher, inout Turn) -> Void) {
    for (place, built) in stages.enumerated() {
      guard let publisher = built?.stage as? any Publisher else { continue }
      return call(ChainCounters.firstStage + place) { body(publisher, &$0) }
    }
  }

  /// Calls every stage, in the chain's order.
  package func callAll(_ body: (any Stage, inout Turn) -> Void) {
    for entry in built { call(entry.number) { body(entry.stage, &$0) } }
  }

  /// Tells the observers of a packet that could not be sent.
  func observeFailedSend(on link: LinkID, _ reason: DropReason) {
    for (place, built) in stages.enumerated() {
      guard case .observe(let stage) = built else { continue }
      call(ChainCounters.firstStage + place) { stage.observe(failedSendOn: link, reason, &$0) }
    }
  }

  /// What the stages say about themselves.
  func status() -> [StageStatus] {
    var all: [StageStatus] = []
    for (place, built) in stages.enumerated() {
      guard let fields = built?.stage.status(), !fields.isEmpty else { continue }
      all.append(StageStatus(stage: plan.stageNames[place], fields: fields))
    }
    return all
  }

  // MARK: The stop

  /// Packets that wait for their turn in this head, or are held back in it.
  var waiting: Int { (head?.waiting ?? 0) + (head?.heldBack ?? 0) }

  /// Packets in this side: those that wait for a turn, for their time, in a mix stage, or are held back.
  package var held: Int { waiting + (tail?.held ?? 0) + effects.injected.count }

  /// Packets that wait for their time.
  var waitsInWheel: Int { tail?.waitsInWheel ?? 0 }

  /// Says, once, that this head gives nothing more to the tail.
  func finishHead() {
    guard !headIsDone else { return }
    headIsDone = true
    shared.finishedHeads.wrappingAdd(1, ordering: .acquiringAndReleasing)
  }

  /// Tells the stages, once, that no packet is left; true when they were told now. On the tail's worker.
  package func finish() -> Bool {
    guard !hasFinished else { return false }
    hasFinished = true
    callAll { $0.finished(&$1) }
    return true
  }

  /// Drops what waits in the head.
  func abandonHead() {
    takeEntering()
    head?.abandon()
  }

  /// Drops what waits in the tail. Only the tail's worker has anything to drop.
  func abandonTail() { tail?.abandon() }

  /// Everything that waits leaves at once. Only the tail's worker has anything to drain.
  package func drain() {
    tail?.drain()
    _ = tail?.step()
  }
}

extension StageRole {
  /// True for the roles that are built on every worker.
  var isInHead: Bool { self == .decode || self == .verify || self == .observe }
}
