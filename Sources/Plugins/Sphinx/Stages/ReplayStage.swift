package import MixHost
import MixNet

/// What `[replay]` says.
struct ReplayConfig: Sendable {
  let tagsMax: Int

  init(from table: inout ConfigTable) {
    tagsMax = table.int(
      "tags_max", default: ReplayTags.defaultMax, in: 64...1_073_741_824,
      "packets that the node lets through under one key; 16 bytes each, and a third more")
  }
}

/// Drops packets that were here before. Exact: no packet is dropped for another's tag.
final class ReplayStage: VerifyStage {
  private let tags: ReplayTags
  private let scratch: ReplayBatch

  init(_ tags: ReplayTags, _ builder: inout StageBuilder) {
    self.tags = tags
    var random = builder.random()
    scratch = ReplayBatch(capacity: builder.plan.batchSize, shards: tags.shardCount, key: tags.start(&random))
  }

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices { scratch.add(i, columns.id(i)) }
    tags.insert(scratch)
    for i in batch.indices {
      switch scratch.outcomes[i] {
      case .new: break
      case .seen: verdicts.drop(i, .replayed)
      case .full: verdicts.drop(i, .tagsFull)
      }
    }
    tags.measure(turn.now)
  }

  func started(_ turn: inout Turn) { woke(&turn) }

  /// Without packets too, so that the rate falls when they stop.
  func woke(_ turn: inout Turn) {
    tags.measure(turn.now)
    turn.wake(at: turn.now + ReplayTags.window)
  }

  func status() -> [StatusField] {
    let lasts = tags.lasts.map { [StatusField("lasts_s", .int($0))] } ?? []
    return [StatusField("tags", .int(tags.count)), StatusField("tags_max", .int(tags.tagsMax))] + lasts
  }
}

extension StageDescriptor {
  /// `replay`: drops packets that were here before.
  package static let replay = StageDescriptor(
    .verify, "replay", summary: "drops packets that were here before", needs: .id,
    config: ReplayConfig.init(from:),
    shared: { (config: ReplayConfig, context: inout LoadContext) -> ReplayTags? in
      context.addMemory("replay tags", bytes: ReplayTags.memory(tagsMax: config.tagsMax))
      return ReplayTags(tagsMax: config.tagsMax)
    },
    make: {
      (_: ReplayConfig, tags: ReplayTags, builder: inout StageBuilder) throws(BuildError) -> any VerifyStage in
      ReplayStage(tags, &builder)
    })
}
