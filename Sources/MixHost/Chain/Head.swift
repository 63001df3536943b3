import MixNet

/// The parallel part of a chain, on one worker: admission, decode, verify, finish.
///
/// It takes the packets that are ready, at most `batch_size` at once, and gives those that are left to the tail.
package struct Head: ~Copyable {
  private let effects: Effects
  private var ready: SlotQueue
  /// The packets of batches that stages hold back, in their order.
  private var gated: SlotQueue
  private var batch: Batch
  private var arrivals: Arrivals
  private let admissions: [Numbered<any AdmissionStage>]
  private let decoder: Numbered<any DecodeStage>
  private let verifiers: [Numbered<any VerifyStage>]
  private let observers: [Numbered<any ObserveStage>]

  /// Rounds of one step: after so many batches the worker looks at its links again.
  private static var roundsMax: Int { 8 }

  package init?(stages: [BuiltStage?], effects: Effects) {
    var decoders: [Numbered<any DecodeStage>] = []
    var admissions: [Numbered<any AdmissionStage>] = []
    var verifiers: [Numbered<any VerifyStage>] = []
    var observers: [Numbered<any ObserveStage>] = []
    for (place, built) in stages.enumerated() {
      let number = ChainCounters.firstStage + place
      switch built {
      case .admission(let stage): admissions.append(Numbered(stage: stage, number: number))
      case .decode(let stage): decoders.append(Numbered(stage: stage, number: number))
      case .verify(let stage): verifiers.append(Numbered(stage: stage, number: number))
      case .observe(let stage): observers.append(Numbered(stage: stage, number: number))
      case .delay, .mix, .forward, nil: break
      }
    }
    guard let decoder = decoders.first else { return nil }
    self.decoder = decoder
    self.admissions = admissions
    self.verifiers = verifiers
    self.observers = observers
    self.effects = effects
    ready = SlotQueue(capacity: effects.slab.count)
    gated = SlotQueue(capacity: effects.slab.count)
    batch = Batch(slab: effects.slab, capacity: effects.shared.plan.batchSize)
    arrivals = Arrivals(index: batch.index, slab: effects.slab)
  }

  /// Packets that wait for a turn.
  package var waiting: Int { ready.count }

  /// Packets of batches that stages hold back.
  var heldBack: Int { gated.count }

  /// A packet that has arrived whole.
  package mutating func receive(_ slot: UInt32, on link: LinkID) {
    let header = effects.slab.header(slot)
    header.pointee.link = link
    header.pointee.arrival = effects.now
    effects.counters.add(.received)
    ready.push(slot)
  }

  /// Runs the packets that wait; true when some are left.
  package mutating func step() -> Bool {
    openGate()
    if Probe.buggify("head.late", oneIn: 10) { return ready.count > 0 }
    for _ in 0..<Self.roundsMax {
      while !batch.isFull, let slot = ready.pop() { batch.append(slot) }
      if batch.count == 0 { return false }
      effects.counters.add(.batches)
      run()
      handOver()
    }
    return ready.count > 0
  }

  /// Drops the packets that wait: the node stops at once.
  mutating func abandon() {
    while let slot = ready.pop() { effects.drop(slot, stage: ChainCounters.linkIn, .stopped) }
    effects.gate.clear()
    while let slot = gated.pop() { effects.drop(slot, stage: ChainCounters.linkIn, .stopped) }
  }

  private mutating func run() {
    for entry in admissions {
      var turn = begin(entry.number)
      entry.stage.admit(arrivals, &batch.verdicts, &turn)
      end(.admission, entry.number)
      if batch.count == 0 { return }
    }
    var turn = begin(decoder.number)
    decoder.stage.decode(&batch.packets, &batch.decoded, &batch.verdicts, &turn)
    end(.decode, decoder.number)
    effects.gate.isVerifying = true
    for entry in verifiers where batch.count > 0 {
      var turn = begin(entry.number)
      entry.stage.verify(batch.packets, batch.decoded, &batch.verdicts, &turn)
      end(.verify, entry.number)
    }
    effects.gate.isVerifying = false
    if batch.count == 0 { return }
    var last = begin(decoder.number)
    decoder.stage.finish(&batch.packets, &batch.decoded, &batch.verdicts, &last)
    end(.finish, decoder.number)
  }

  private func begin(_ number: Int) -> Turn {
    effects.stage = number
    return Turn(effects)
  }

  private mutating func end(_ phase: Phase, _ number: Int) {
    for entry in observers {
      var turn = begin(entry.number)
      entry.stage.observe(batch.packets, batch.verdicts, after: phase, &turn)
    }
    if batch.hasGaps { batch.compact(stage: number, effects) }
  }

  private mutating func handOver() {
    if effects.gate.endBatch(packets: batch.count) {
      for i in 0..<batch.count { gated.push(batch.index[i + 1]) }
      return batch.clear()
    }
    let ring = effects.shared.toTail[effects.worker]
    let pushed = ring.push(batch.index + 1, count: batch.count)
    precondition(pushed, "a ring as large as the chain's slots was full")
    effects.touched |= 1 << UInt64(effects.shared.plan.owner)
    batch.clear()
  }

  /// Lets those batches leave that nobody holds back any more.
  private mutating func openGate() {
    guard effects.gate.isReady else { return }
    while let group = effects.gate.takeReady() {
      for _ in 0..<group.packets {
        guard let slot = gated.pop() else { return }
        if let refusal = group.refusal {
          effects.drop(slot, stage: refusal.stage, refusal.reason)
        } else {
          let pushed = effects.shared.toTail[effects.worker].push(slot)
          precondition(pushed, "a ring as large as the chain's slots was full")
        }
      }
      effects.touched |= 1 << UInt64(effects.shared.plan.owner)
    }
  }
}
