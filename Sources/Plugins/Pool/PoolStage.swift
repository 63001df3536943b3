import MixHost
import MixNet

/// Holds packets and lets them go in batches, as its strategy says, each batch in random order.
///
/// It is a thin shell: which packets leave is decided by the core, over their places in the hold.
final class PoolStage: MixStage {
  private var held: Hold
  private var core: PoolCore
  private var random: RandomStream
  /// When it has asked to be woken.
  private var asked = Instant.never

  init(_ config: PoolConfig, _ builder: inout StageBuilder) {
    let settings = config.settings.fitting(builder.plan)
    // What leaves a full pool is in it until the end of the call.
    held = Hold(capacity: settings.heldMax + builder.plan.batchSize)
    core = PoolCore(config.strategy, settings, spare: builder.plan.batchSize)
    random = builder.random()
  }

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    let before = core.staying
    var count = 0
    // It is full at most at a stop, when another stage is drained into it and nothing is asked back: then packets go on.
    for i in batch.packets.indices where !held.isFull {
      let priority = batch.packets.priority(i)
      held.insert(batch.take(i))
      core.insert(priority: priority, at: turn.now, &random)
      count += 1
    }
    if count > 0 { core.arrived(count, held: before, at: turn.now) }
  }

  func release(into batch: inout MixBatch, _ turn: inout Turn) {
    if core.count > 0, Probe.buggify("pool.release_late", oneIn: 10) { return turn.wake(at: turn.now + PoolCore.grain) }
    core.decide(at: turn.now, &random)
    pour(into: &batch)
    let wake = core.wake
    if wake < asked || asked <= turn.now {
      asked = wake
      if wake != .never { turn.wake(at: wake) }
    }
  }

  func drain(into batch: inout MixBatch, _ turn: inout Turn) {
    core.letAllGo(&random)
    pour(into: &batch)
  }

  private func pour(into batch: inout MixBatch) {
    while batch.room > 0, let place = core.next() { batch.append(held.remove(at: place)) }
  }

  func status() -> [StatusField] {
    let counts = core.counts
    return [
      StatusField("held", .int(core.count)), StatusField("batches", .int(counts.batches)),
      StatusField("in_batches", .int(counts.inBatches)), StatusField("at_limit", .int(counts.late)),
      StatusField("crowded_out", .int(counts.crowdedOut)),
    ] + core.strategy.status()
  }
}
