import MixHost
import MixNet

/// What one run of a chain is to be like.
struct TrialSettings {
  var seed: Seed
  var workers = 1
  /// False: the chain is as bare as in a node, so that its speed and its allocations are the stage's.
  var isWatched = true
  /// True: free memory is painted, and looked at after every turn.
  var isPainted = false
  /// Samples that a verify stage of the kit's drops.
  var drops: Set<Int> = []
  var poolSize = 512
}

/// One stage of the chain, in the order of the file.
struct Part {
  let name: String
  let role: StageRole
  /// Makes a stage of the kit's; nil for the stage under test.
  let make: (@Sendable () -> BuiltStage)?
}

extension Rig {
  /// The chain's stages: the one under test, and what it needs around it.
  func partners(_ settings: TrialSettings, _ log: TrialLog) -> [Part] {
    let needs = conformance.stage.needsColumns
    var parts: [Part] = []
    if role != .decode {
      parts.append(Part(name: "kit_decode", role: .decode) { .decode(KitDecode(log, needs)) })
    }
    let dropper = Part(name: "kit_drop", role: .verify) { [drops = settings.drops] in .verify(KitDrop(log, drops)) }
    let tested = Part(name: conformance.stage.name, role: role, make: nil)
    let isDropperFirst = role != .decode
    if isDropperFirst, !settings.drops.isEmpty { parts.append(dropper) }
    parts.append(tested)
    if !isDropperFirst, !settings.drops.isEmpty { parts.append(dropper) }
    parts.append(Part(name: "kit_forward", role: .forward) { .forward(KitForward(settings.isWatched ? log : nil)) })
    if settings.isWatched { parts.append(Part(name: "kit_observe", role: .observe) { .observe(KitObserve(log)) }) }
    return parts
  }
}

/// Fills the columns that the stage under test says it needs, as the sample has them, and no others.
private final class KitDecode: DecodeStage {
  private let log: TrialLog
  private let needs: ColumnSet

  init(_ log: TrialLog, _ needs: ColumnSet) {
    self.log = log
    self.needs = needs
  }

  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      guard let number = log.sample(batch, i) else { continue }
      let sample = log.samples[number]
      if needs.contains(.id) { columns.setID(i, sample.id) }
      if needs.contains(.sender) { columns.setSender(i, sample.sender) }
      if needs.contains(.route) { columns.setRoute(i, sample.route) }
      if needs.contains(.headerDelay) { columns.setHeaderDelay(i, sample.headerDelay) }
      columns.setPriority(i, sample.priority)
    }
  }
}

/// Drops the samples that it is told to drop.
private final class KitDrop: VerifyStage {
  private let log: TrialLog
  private let drops: Set<Int>

  init(_ log: TrialLog, _ drops: Set<Int>) {
    self.log = log
    self.drops = drops
  }

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices {
      if let sample = log.sample(batch, i), drops.contains(sample) { verdicts.drop(i, .invalid) }
    }
  }
}

/// The end of the chain: sends every packet that is left on one link, or to the stage that has claimed its address.
private final class KitForward: ForwardStage {
  private let log: TrialLog?
  init(_ log: TrialLog?) { self.log = log }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.indices {
      var isServed = false
      if case .destination(let address, _) = columns.route(i) { isServed = outlets.serve(i, at: address) }
      if !isServed, !outlets.send(i, on: StageConformance.end) { verdicts.drop(i, .queueFull) }
      if let log, let sample = log.sample(batch, i), outlets.isSettled(i) { log.settle(sample) }
    }
  }
}

/// Notes every verdict.
private final class KitObserve: ObserveStage {
  private let log: TrialLog
  init(_ log: TrialLog) { self.log = log }

  func observe(_ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn) {
    log.now = turn.now
    for i in batch.indices where !verdicts.isOpen(i) {
      guard let sample = log.sample(batch, i) else { continue }
      log.verdict(sample, verdicts.reason(i).map { .dropped($0, after: phase) } ?? .consumed)
    }
  }
}
