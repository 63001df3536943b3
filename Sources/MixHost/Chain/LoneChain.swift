package import MixNet

/// A chain that runs by itself, without a node and its sockets: packets are put in by hand, what leaves is shown and let
/// go, and the time is what the caller says. Stages are tried out in it: by the conformance kit, and by tests.
///
/// It runs on one thread, whatever the number of its workers; they are stepped in their order.
package final class LoneChain {
  package let shared: ChainShared
  package let sides: [ChainSide]
  package private(set) var now: Instant
  private let wallStart: WallTime
  private let start: Instant
  let world = LoneWorld()

  /// Builds the chain's stages for every worker, in the workers' order. Nothing is started yet.
  package init(
    _ chain: ChainBlueprint, node: NodeFacts, seed: Seed, now: Instant, wall: WallTime, targets: [String: Int] = [:],
    hasClients: Bool = false
  ) throws(BuildError) {
    let shared = ChainShared(plan: chain.plan)
    var sides: [ChainSide] = []
    for worker in 0..<shared.workers {
      sides.append(
        try ChainSide(
          chain: chain, shared: shared, worker: worker, node: node, seed: seed.derived("worker", UInt64(worker)),
          targets: targets, hasClients: hasClients, now: now, wall: wall))
    }
    self.shared = shared
    self.sides = sides
    self.now = now
    start = now
    wallStart = wall
    for side in sides { connect(side) }
  }

  private func connect(_ side: ChainSide) {
    let (world, worker) = (self.world, side.effects.worker)
    side.effects.openLink = { opening in
      world.open(opening.address, limits: opening.limits, stage: opening.stage, worker: worker)
    }
    side.effects.writeLink = { _, _ in true }
    side.effects.watchLink = { world.watched.append((worker: worker, link: $0)) }
    side.effects.runJob = { job, stage, done in
      world.jobs.append(.init(worker: worker, stage: stage, result: world.run(job), done: done))
      return true
    }
  }

  package var wall: WallTime { WallTime(ns: wallStart.ns &+ Int64(clamping: (now - start).ns)) }

  // MARK: Running

  /// Tells every stage that the chain begins.
  package func begin() { for side in sides { side.start() } }

  /// A packet that has come on a link; the slot that it got, or nil when the worker has none left.
  package func feed(_ bytes: Span<UInt8>, on link: LinkID, worker: Int = 0) -> UInt32? {
    let effects = sides[worker].effects
    guard let slot = effects.free.take(bytes: bytes.count) else { return nil }
    let memory = effects.memory(slot)
    bytes.withUnsafeBufferPointer { _ = memory.update(fromContentsOf: $0) }
    sides[worker].receive(slot, on: link)
    return slot
  }

  /// One turn of every worker at `time`: what has come, what is due, what follows from it. `visit` is shown what leaves,
  /// each time before its slot is let go. True when some is left for another turn.
  package func step(at time: Instant, _ visit: (LoneExit) -> Void) -> Bool {
    now = max(now, time)
    for side in sides { side.begin(now: now, wall: wall) }
    tellNews()
    var more = false
    for side in sides where side.step() { more = true }
    for side in sides { carryOut(side, visit) }
    return more || world.hasNews
  }

  /// When it next has something to do; never when nothing is asked for.
  package var next: Instant { sides.reduce(.never) { min($0, $1.next) } }

  /// One round of the stop: everything that waits leaves at once.
  package func drain(_ visit: (LoneExit) -> Void) {
    for side in sides where side.isTail { side.drain() }
    for side in sides { carryOut(side, visit) }
    for side in sides { side.begin(now: now, wall: wall) }
  }

  /// Tells the stages, once, that nothing is left, as a node does at its stop.
  package func finish() { for side in sides where side.isTail { _ = side.finish() } }

  /// Ends the chain's life. One that still holds packets is kept for ever: a stage that lost them would trap now, and
  /// whoever runs it has already seen what is wrong.
  package func end() { if held > 0 { _ = Unmanaged.passRetained(self) } }

  private func carryOut(_ side: ChainSide, _ visit: (LoneExit) -> Void) {
    let effects = side.effects
    func leave(_ slot: UInt32, skip: UInt32 = 0, by target: LoneExit.Target) {
      visit(LoneExit(slot: slot, skip: skip, target: target))
      effects.letGo(slot)
    }
    effects.sends.workOff { leave($0.slot, skip: $0.skip, by: .link($0.link, $0.prefix)) }
    effects.clients.workOff { leave($0.slot, by: .client($0.address, $0.identifier)) }
    effects.chains.workOff { leave($0.slot, by: .chain($0.chain.number)) }
    effects.datagrams.workOff { item in
      item.target.forEach { visit(LoneExit(slot: item.slot, skip: 0, target: .datagram($0))) }
      effects.letGo(item.slot)
    }
    effects.closing.workOff { world.close($0.link) }
  }

  // MARK: What happens to the chain

  /// Links that stages opened are up in the turn after; their jobs are done by then.
  private func tellNews() {
    for job in world.takeJobs() { sides[job.worker].call(job.stage) { job.done(job.result, &$0) } }
    for change in world.takeChanges() { tell(change) }
    for item in world.takeWatched() { sides[item.worker].callAll { $0.drained(item.link, &$1) } }
  }

  /// A link has come up or gone down.
  package func change(
    _ link: LinkID, isUp: Bool, peer: Bytes32 = Bytes32(), isDialled: Bool = false, isClient: Bool = false,
    fields: HelloFields = HelloFields()
  ) {
    tell(
      LinkChange(
        link: link, isUp: isUp, peer: peer, isDialled: isDialled, isClient: isClient, reason: isUp ? nil : .reset,
        fields: fields))
  }

  private func tell(_ change: LinkChange) {
    for side in sides where side.isTail { side.callAll { stage, turn in stage.linkChanged(change, &turn) } }
  }

  /// A datagram has come.
  package func datagram(_ bytes: Span<UInt8>, from address: Address) {
    for side in sides where side.isTail {
      side.callAll { stage, turn in stage.received(datagram: bytes, from: address, &turn) }
    }
  }

  /// A whole raw frame has come on a link that a stage opened for itself, in two parts.
  package func frame(_ bytes: Span<UInt8>, on opened: LoneLink) {
    let middle = bytes.count / 2
    for range in [0..<middle, middle..<bytes.count] {
      sides[opened.worker].call(stage: opened.stage) { stage, turn in
        stage.received(bytes.extracting(range), at: range.lowerBound, of: bytes.count, on: opened.link, &turn)
      }
    }
  }

  /// A packet that was queued for a link could not be sent.
  package func failSend(on link: LinkID, _ reason: DropReason) {
    for side in sides { side.observeFailedSend(on: link, reason) }
  }

  /// The links that stages have opened.
  package var links: [LoneLink] { world.links }
}
