import MixHost
import MixNet

/// All packets leave together: when there are enough of them, at the end of a round, or at what comes first (the simple
/// mixes of Serjantov, Dingledine and Syverson, "From a Trickle to a Flood", 2002, section 4).
struct FlushStrategy: PoolStrategy {
  /// So many packets fire the pool; nil: no number does.
  let threshold: Int?
  private var rounds: PoolRounds?

  init(threshold: Int?, rounds: PoolRounds?) {
    self.threshold = threshold
    self.rounds = rounds
  }

  mutating func arrived(_ count: Int, held: Int, at now: Instant) {
    if held == 0 { rounds?.begin(now) }
  }

  mutating func decide(held: Int, at now: Instant, _ random: inout RandomStream) -> PoolDecision {
    let isOver = rounds?.isOver(now) ?? false
    let end = rounds?.end ?? .never
    return isOver || held >= threshold ?? .max ? .fire(held, next: end) : .wait(until: end)
  }
}

extension PoolKind {
  /// All leave at the end of each round.
  static let timed = PoolKind("timed", summary: "all at the end of a round: interval_ms") { table, settings in
    FlushStrategy(threshold: nil, rounds: table.rounds(settings))
  }

  /// All leave when there are enough.
  static let threshold = PoolKind("threshold", summary: "all when there are enough: threshold") { table, settings in
    FlushStrategy(threshold: table.threshold(settings), rounds: nil)
  }

  /// All leave when there are enough, and at the end of each round.
  static let thresholdOrTimed = PoolKind(
    "threshold_or_timed", summary: "at what comes first: threshold, interval_ms"
  ) { table, settings in
    FlushStrategy(threshold: table.threshold(settings), rounds: table.rounds(settings))
  }
}

extension ConfigTable {
  fileprivate mutating func threshold(_ settings: PoolSettings) -> Int {
    packets("threshold", default: 20, in: 1...1_048_576, settings, "so many packets leave together")
  }
}
