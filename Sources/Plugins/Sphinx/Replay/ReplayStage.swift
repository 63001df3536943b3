package import MixHost
import MixNet

/// Drops packets that were here before. Exact: no packet is dropped for another's tag.
final class ReplayStage: VerifyStage {
  private let tags: ReplayTags
  private let scratch: ReplayBatch
  private let keeping: ReplayKeeping
  /// Nil when nothing outlives the process.
  private let journal: ReplayJournal?

  init(_ keeping: ReplayKeeping, _ builder: inout StageBuilder) throws(BuildError) {
    self.keeping = keeping
    tags = keeping.tags
    var random = builder.random()
    guard let batch = tags.batch(capacity: builder.plan.batchSize, &random) else {
      throw BuildError("there is no memory for \(tags.tagsMax) replay tags ([replay] tags_max)")
    }
    scratch = batch
    guard let prefix = keeping.config.file else {
      journal = nil
      return
    }
    journal = try ReplayJournal(keeping, prefix: prefix, &builder)
  }

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    if let journal, journal.isGuarding() {
      verify(batch, columns, &verdicts, journal, &turn)
    } else {
      _ = check(batch, columns, &verdicts)
    }
    tags.measure(turn.now)
  }

  /// How many of the batch's packets are new.
  private func check(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts
  ) -> Int {
    for i in batch.indices { scratch.add(i, columns.id(i)) }
    tags.insert(scratch)
    var new = 0
    for i in batch.indices {
      switch scratch.outcome(i) {
      case .new: new += 1
      case .seen: verdicts.drop(i, .replayed)
      case .full: verdicts.drop(i, .tagsFull)
      }
    }
    return new
  }

  /// The packets that are let through wait until the disk says that they may leave.
  private func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ journal: ReplayJournal,
    _ turn: inout Turn
  ) {
    if journal.isShut(turn.now) {
      for i in batch.indices { verdicts.drop(i, .notStored) }
      return
    }
    let new = check(batch, columns, &verdicts)
    if new == 0 { return }
    guard journal.holdBack(new, &turn) else {
      for i in batch.indices where scratch.outcome(i) == .new { verdicts.drop(i, .notStored) }
      return
    }
    for i in batch.indices where scratch.outcome(i) == .new { journal.note(scratch[i].tag) }
  }

  func started(_ turn: inout Turn) { woke(&turn) }

  /// Without packets too, so that the rate falls when they stop.
  func woke(_ turn: inout Turn) {
    tags.measure(turn.now)
    turn.wake(at: turn.now + ReplayTags.window)
    journal?.run(&turn)
  }

  func finished(_ turn: inout Turn) { journal?.finish(&turn) }

  func status() -> [StatusField] {
    let lasts = tags.lasts.map { [StatusField("lasts_s", .int($0))] } ?? []
    let (stored, failed) = keeping.counts
    let kept = keeping.config.file == nil ? "never" : keeping.config.isDurable ? "before packets leave" : "at the stop"
    return [
      StatusField("tags", .int(tags.count)), StatusField("tags_max", .int(tags.tagsMax)),
      StatusField("kept", .text(kept)), StatusField("records_stored", .int(stored)),
      StatusField("records_failed", .int(failed)),
    ] + lasts
  }
}

extension StageDescriptor {
  /// `replay`: drops packets that were here before.
  package static let replay = StageDescriptor(
    .verify, "replay", summary: "drops packets that were here before", needs: .id, uses: ["packet_keys"],
    config: ReplayConfig.init(from:),
    shared: { (config: ReplayConfig, context: inout LoadContext) -> ReplayKeeping? in
      context.addMemory(
        "replay tags", bytes: ReplayTags.memory(tagsMax: config.tagsMax, isSaved: config.savesAtStop))
      return ReplayKeeping(config, files: context.files)
    },
    make: {
      (_: ReplayConfig, keeping: ReplayKeeping, builder: inout StageBuilder) throws(BuildError) -> any VerifyStage in
      try ReplayStage(keeping, &builder)
    })
}
