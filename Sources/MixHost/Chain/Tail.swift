package import MixNet

/// The single part of a chain, on its owner worker: delay, the wait, mix, forward.
package struct Tail: ~Copyable {
  private let effects: Effects
  private var batch: Batch
  private var serving: Batch
  private var wheel: TimerWheel
  private let outlets: OutletList
  /// What a ring gave at once.
  private let arrived: UnsafeMutablePointer<UInt32>
  /// Packets of the node's own, by the phase at which they enter.
  private var toDelay: SlotQueue
  private var toMix: SlotQueue
  private var toForward: SlotQueue
  /// Packets that mix stages hold.
  package private(set) var mixed = 0
  private let delays: [Numbered<any DelayStage>]
  private let mixes: [Numbered<any MixStage>]
  private let forwards: [Numbered<any ForwardStage>]
  private let observers: [Numbered<any ObserveStage>]
  private let all: [BuiltStage?]

  private static var roundsMax: Int { 8 }

  package init(stages: [BuiltStage?], effects: Effects, claims: [Bytes32: Int], hasClients: Bool) {
    var delays: [Numbered<any DelayStage>] = []
    var mixes: [Numbered<any MixStage>] = []
    var forwards: [Numbered<any ForwardStage>] = []
    var observers: [Numbered<any ObserveStage>] = []
    for (place, built) in stages.enumerated() {
      let number = ChainCounters.firstStage + place
      switch built {
      case .delay(let stage): delays.append(Numbered(stage: stage, number: number))
      case .mix(let stage): mixes.append(Numbered(stage: stage, number: number))
      case .forward(let stage): forwards.append(Numbered(stage: stage, number: number))
      case .observe(let stage): observers.append(Numbered(stage: stage, number: number))
      case .admission, .decode, .verify, nil: break
      }
    }
    self.delays = delays
    self.mixes = mixes
    self.forwards = forwards
    self.observers = observers
    self.effects = effects
    all = stages
    let plan = effects.shared.plan
    batch = Batch(slab: effects.slab, capacity: plan.batchSize)
    serving = Batch(slab: effects.slab, capacity: plan.batchSize)
    wheel = TimerWheel(capacity: effects.slab.count, now: effects.now)
    arrived = .allocate(capacity: plan.batchSize)
    outlets = OutletList(batch: plan.batchSize, claims: claims, hasClients: hasClients)
    toDelay = SlotQueue(capacity: effects.slab.count)
    toMix = SlotQueue(capacity: effects.slab.count)
    toForward = SlotQueue(capacity: effects.slab.count)
  }

  deinit { arrived.deallocate() }

  /// Packets that wait in the tail: for their time, in mix stages, or for a turn.
  package var held: Int { wheel.count + mixed + toDelay.count + toMix.count + toForward.count }

  /// Packets that wait for their time.
  var waitsInWheel: Int { wheel.count }

  /// The time of the next packet that waits; never when none does.
  package var next: Instant {
    mutating get { wheel.next }
  }

  /// Runs what has come from the heads and what is due; true when some is left for another step.
  package mutating func step() -> Bool {
    sortInjected()
    var more = false
    for ring in effects.shared.toTail { more = receive(ring) || more }
    more = enter(.delay) || more
    more = releaseDue() || more
    more = enter(.mix) || more
    more = enter(.forward) || more
    return more || !effects.injected.isEmpty
  }

  /// A mix stage has been woken: what it lets go goes on.
  package mutating func releaseFromMix() { mixAndForward() }

  // MARK: Entering

  private mutating func receive(_ ring: Ring<UInt32>) -> Bool {
    for _ in 0..<Self.roundsMax {
      let count = ring.pop(into: arrived, room: batch.capacity)
      if count == 0 { return false }
      for i in 0..<count {
        if effects.slab.header(arrived[i]).pointee.entry == .delay {
          batch.append(arrived[i])
        } else {
          sort(arrived[i])
        }
      }
      if batch.count > 0 { delayAndGoOn() }
    }
    return !ring.isEmpty
  }

  private mutating func sortInjected() {
    effects.injected.workOff { sort($0) }
  }

  private mutating func sort(_ slot: UInt32) {
    switch effects.slab.header(slot).pointee.entry {
    case .mix: toMix.push(slot)
    case .forward: toForward.push(slot)
    default: toDelay.push(slot)
    }
  }

  private mutating func enter(_ phase: Phase) -> Bool {
    for _ in 0..<Self.roundsMax {
      while !batch.isFull, let slot = pop(phase) { batch.append(slot) }
      if batch.count == 0 { return false }
      switch phase {
      case .mix: mixAndForward()
      case .forward: forward()
      default: delayAndGoOn()
      }
    }
    return true
  }

  private mutating func pop(_ phase: Phase) -> UInt32? {
    switch phase {
    case .mix: toMix.pop()
    case .forward: toForward.pop()
    default: toDelay.pop()
    }
  }

  // MARK: Delay

  private mutating func delayAndGoOn() {
    for i in 0..<batch.count { effects.slab.header(batch.index[i + 1]).pointee.deadline = effects.now }
    for entry in delays {
      var turn = begin(entry.number)
      entry.stage.delay(batch.packets, batch.decoded, &batch.deadlines, &turn)
      observe(.delay)
    }
    putAway()
    if batch.count > 0 { mixAndForward() }
  }

  /// Packets that are not due yet go into the wheel; the others stay in the batch.
  private mutating func putAway() {
    var due = 0
    for i in 0..<batch.count {
      let slot = batch.index[i + 1]
      let deadline = effects.slab.header(slot).pointee.deadline
      if deadline > effects.now {
        let isEarly = Probe.planted("released_early", oneIn: 50)
        if !Probe.planted("timer_lost", oneIn: 50) { wheel.set(slot, at: isEarly ? effects.now : deadline) }
        effects.counters.add(.waited)
      } else {
        batch.index[due + 1] = slot
        due += 1
      }
    }
    batch.index[0] = UInt32(due)
  }

  private mutating func releaseDue() -> Bool {
    if Probe.buggify("tail.release_late", oneIn: 10) { return wheel.next <= effects.now }
    for _ in 0..<Self.roundsMax {
      while !batch.isFull, let slot = wheel.expire(effects.now) {
        Probe.always("tail.never_early", effects.slab.header(slot).pointee.deadline <= effects.now)
        batch.append(slot)
      }
      if batch.count == 0 { return false }
      mixAndForward()
    }
    return wheel.next <= effects.now
  }

  // MARK: Mix

  private mutating func mixAndForward() {
    guard !mixes.isEmpty else { return forward() }
    var again = true
    while again {
      again = false
      for entry in mixes {
        hold(entry)
        let before = batch.count
        var turn = begin(entry.number)
        entry.stage.release(into: &batch.mix, &turn)
        // A full batch may have kept the stage from releasing, even when all of it is packets that it let pass.
        if batch.isFull, mixed > 0 { again = true }
        _ = batch.closeTaken()
        mixed -= batch.count - before
      }
      observe(.mix)
      forward()
    }
  }

  private mutating func hold(_ entry: Numbered<any MixStage>) {
    guard batch.count > 0 else { return }
    let before = batch.count
    var turn = begin(entry.number)
    entry.stage.hold(&batch.mix, batch.decoded, batch.deadlines, &batch.verdicts, &turn)
    let taken = batch.closeTaken()
    // What it took and gave back in the same call, it does not hold.
    mixed += before - batch.count
    effects.counters.add(.waited, taken)
    if batch.hasGaps {
      observe(.mix)
      batch.compact(stage: entry.number, effects)
    }
  }

  // MARK: Forward

  private mutating func forward() {
    guard batch.count > 0 else { return }
    outlets.clear()
    for entry in forwards {
      var columns = Outlets(index: batch.index, slab: effects.slab, list: outlets)
      var turn = begin(entry.number)
      entry.stage.forward(batch.packets, batch.decoded, &columns, &batch.verdicts, &turn)
      settle(entry.number)
      if batch.count == 0 { break }
    }
    if let last = forwards.last {
      for i in 0..<batch.count { batch.codes[i] = Verdicts.code(.noRoute) }
      observe(.forward)
      batch.compact(stage: last.number, effects)
    }
    batch.clear()
  }

  /// Carries out what a forward stage said; packets of which it said nothing stay in the batch for the next stage.
  private mutating func settle(_ number: Int) {
    observe(.forward)
    for i in 0..<batch.count where outlets.sends[i] > 1 && batch.codes[i] == Verdicts.goesOn {
      effects.slab.header(batch.index[i + 1]).pointee.isShared = true
      effects.slab.share(batch.index[i + 1], owners: Int(outlets.sends[i]))
    }
    for entry in outlets.entries {
      let place = Int(entry.place)
      // A packet that got a verdict as well stays here: a drop outweighs an outlet.
      guard batch.codes[place] == Verdicts.goesOn else { continue }
      dispatch(batch.index[place + 1], entry)
    }
    serve()
    for i in 0..<batch.count where outlets.sends[i] > 0 && batch.codes[i] == Verdicts.goesOn {
      effects.counters.add(.forwarded)
      batch.index[i + 1] = takenPlace
    }
    if batch.hasGaps { batch.compact(stage: number, effects) }
    outlets.clear()
  }

  private mutating func dispatch(_ slot: UInt32, _ entry: Outlets.Entry) {
    switch entry.target {
    case .link(let link, let prefix):
      effects.counters.add(.sends)
      effects.sends.append(.init(slot: slot, skip: entry.skip, link: link, prefix: prefix))
    case .client(let address, let identifier):
      effects.clients.append(.init(slot: slot, address: address, identifier: identifier))
    case .chain(let chain):
      effects.chains.append(.init(slot: slot, chain: chain))
    case .service:
      break
    }
  }

  /// Calls each stage that has packets for an address it claimed, with those packets.
  private mutating func serve() {
    for number in outlets.claimants {
      for entry in outlets.entries {
        guard case .service(number) = entry.target, batch.codes[Int(entry.place)] == Verdicts.goesOn else { continue }
        serving.append(batch.index[Int(entry.place) + 1])
        if serving.isFull { deliver(number) }
      }
      deliver(number)
    }
  }

  private mutating func deliver(_ number: Int) {
    guard serving.count > 0, let claimant = all[number - ChainCounters.firstStage]?.stage else { return }
    effects.counters.add(.served, serving.count)
    var turn = begin(number)
    claimant.deliver(serving.packets, serving.decoded, &turn)
    for i in 0..<serving.count { effects.letGo(serving.index[i + 1]) }
    serving.clear()
  }

  // MARK: Stop

  /// Lets everything go that waits: packets in the wheel, whatever their time, and what mix stages hold.
  package mutating func drain() {
    effects.isDraining = true
    while let slot = wheel.takeAny() {
      batch.append(slot)
      if batch.isFull { mixAndForward() }
    }
    mixAndForward()
    for (place, entry) in mixes.enumerated() {
      while true {
        let before = batch.count
        var turn = begin(entry.number)
        entry.stage.drain(into: &batch.mix, &turn)
        _ = batch.closeTaken()
        mixed -= batch.count - before
        if batch.count == 0 { break }
        // What one mix stage lets go at the stop still passes those behind it, which are drained after it.
        for later in mixes[(place + 1)...] { hold(later) }
        observe(.mix)
        forward()
      }
    }
  }

  /// Drops everything that waits: the node stops at once.
  mutating func abandon() {
    sortInjected()
    for ring in effects.shared.toTail { while let slot = ring.pop() { abandon(slot) } }
    for phase in [Phase.delay, .mix, .forward] { while let slot = pop(phase) { abandon(slot) } }
    while let slot = wheel.takeAny() { abandon(slot) }
    for entry in mixes {
      while true {
        var turn = begin(entry.number)
        entry.stage.drain(into: &batch.mix, &turn)
        _ = batch.closeTaken()
        mixed -= batch.count
        if batch.count == 0 { break }
        for i in 0..<batch.count { abandon(batch.index[i + 1]) }
        batch.clear()
      }
    }
  }

  private func abandon(_ slot: UInt32) { effects.drop(slot, stage: ChainCounters.linkIn, .stopped) }

  // MARK: Calls

  private func begin(_ number: Int) -> Turn {
    effects.stage = number
    return Turn(effects)
  }

  private mutating func observe(_ phase: Phase) {
    guard batch.count > 0 else { return }
    for entry in observers {
      var turn = begin(entry.number)
      entry.stage.observe(batch.packets, batch.verdicts, after: phase, &turn)
    }
  }
}
