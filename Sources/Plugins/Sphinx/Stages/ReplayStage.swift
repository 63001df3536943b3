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
  /// How fast the set fills: counted over windows of ten seconds.
  private var windowStart = Instant.zero
  private var windowCount = 0
  private var rate = 0.0

  private static let window = Nanos.s(10)

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
    measure(turn.now)
  }

  private func measure(_ now: Instant) {
    guard windowStart != .zero else {
      (windowStart, windowCount) = (now, tags.count)
      return
    }
    let time = now - windowStart
    guard time >= Self.window else { return }
    rate = Double(tags.count - windowCount) / (Double(time.ns) / 1e9)
    (windowStart, windowCount) = (now, tags.count)
  }

  func status() -> [StatusField] {
    let left = tags.tagsMax - tags.count
    var fields = [StatusField("tags", .int(tags.count)), StatusField("tags_max", .int(tags.tagsMax))]
    if rate > 0 { fields.append(StatusField("lasts_s", .int(Int(min(Double(left) / rate, 1e15))))) }
    return fields
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
