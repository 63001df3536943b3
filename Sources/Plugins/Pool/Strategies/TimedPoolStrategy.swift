import MixHost
import MixNet

/// At the end of each round all packets leave but for a random rest of fixed size: so a packet may have come in any earlier
/// round (the timed pool mix of Serjantov, Dingledine and Syverson, "From a Trickle to a Flood", 2002, section 4.4).
struct TimedPoolStrategy: PoolStrategy {
  let keep: Int
  private var rounds: PoolRounds

  init(keep: Int, rounds: PoolRounds) {
    self.keep = keep
    self.rounds = rounds
  }

  mutating func arrived(_ count: Int, held: Int, at now: Instant) {
    if held == 0 { rounds.begin(now) }
  }

  mutating func decide(held: Int, at now: Instant, _ random: inout RandomStream) -> PoolDecision {
    let isOver = rounds.isOver(now)
    let end = rounds.end ?? .never
    return isOver ? .fire(held - keep, next: end) : .wait(until: end)
  }
}

extension PoolKind {
  /// All but a random rest leave at the end of each round.
  static let timedPool = PoolKind(
    "timed_pool", summary: "all but a random rest at the end of a round: interval_ms, keep"
  ) { table, settings in
    let rounds = table.rounds(settings)
    let keep = table.packets("keep", default: 20, in: 0...1_048_576, settings, "packets that stay, drawn at random")
    return TimedPoolStrategy(keep: keep, rounds: rounds)
  }
}
