public import MixHost
public import MixNet
public import Pool

/// Waits for `threshold + keep` packets, lets `threshold` of them go, and keeps a random rest: the threshold pool mix.
public struct ThresholdPool: PoolStrategy {
  /// Packets in a batch.
  public let threshold: Int
  /// Packets that stay behind.
  public let keep: Int

  /// A strategy of these.
  public init(threshold: Int, keep: Int) {
    self.threshold = threshold
    self.keep = keep
  }

  /// Fires when there are enough; what comes at once leaves at once, down to the rest.
  public mutating func decide(held: Int, at now: Instant, _ random: inout RandomStream) -> PoolDecision {
    held < threshold + keep ? .wait(until: .never) : .fire(held - keep, next: .never)
  }
}

extension PoolKind {
  /// `strategy = "threshold_pool"`.
  public static let thresholdPool = PoolKind(
    "threshold_pool", summary: "when there are enough, all but a random rest: threshold, keep"
  ) { table, settings in
    let threshold = table.int("threshold", default: 20, in: 1...4_096, "packets in a batch")
    let keep = table.int("keep", default: 20, in: 0...4_096, "packets that stay behind")
    if threshold + keep > settings.heldMax {
      table.mistake(at: "keep", "'threshold' and 'keep' are more together than 'held_max', \(settings.heldMax)")
    }
    return ThresholdPool(threshold: threshold, keep: keep)
  }
}
