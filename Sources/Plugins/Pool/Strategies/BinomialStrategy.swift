import MixHost
import MixNet

/// At the end of each round every packet leaves with a probability that follows from how many there are, each by a throw of
/// its own: an observer who counts what leaves does not learn how many are left (the binomial mix of Diaz and Serjantov,
/// "Generalising Mixes", 2003, section 4).
struct BinomialStrategy: PoolStrategy {
  let curve: LeavingCurve
  private var rounds: PoolRounds

  init(_ curve: LeavingCurve, rounds: PoolRounds) {
    self.curve = curve
    self.rounds = rounds
  }

  mutating func arrived(_ count: Int, held: Int, at now: Instant) {
    if held == 0 { rounds.begin(now) }
  }

  mutating func decide(held: Int, at now: Instant, _ random: inout RandomStream) -> PoolDecision {
    let isOver = rounds.isOver(now)
    let end = rounds.end ?? .never
    guard isOver else { return .wait(until: end) }
    let share = curve.share(of: held)
    var leaving = 0
    for _ in 0..<held where random.below(LeavingCurve.whole) < share { leaving += 1 }
    return .fire(leaving, next: end)
  }
}

/// The probability with which a packet leaves a pool of so many, in 2^32ths: integers, because all machines must agree.
enum LeavingCurve: Equatable, Sendable {
  /// The cumulative normal distribution: half of them at `mean`, nearly all some deviations above, nearly none below.
  case normal(mean: Int, deviation: Int)
  /// What the Cottrell mix of Mixmaster sends on average: a fixed percentage, but so many that `keep` are left.
  case cottrell(keep: Int, percent: Int)

  /// Certainty.
  static var whole: UInt64 { 1 << 32 }

  /// The probability in a pool of `held`.
  func share(of held: Int) -> UInt64 {
    switch self {
    case .normal(let mean, let deviation):
      return NormalTable.share(UInt64((held - mean).magnitude), UInt64(max(1, deviation)), isAbove: held >= mean)
    case .cottrell(let keep, let percent):
      guard held > keep else { return 0 }
      let most = Self.whole * UInt64(clamping: percent) / 100
      return min(most, Self.whole * UInt64(held - keep) / UInt64(held))
    }
  }
}

extension PoolKind {
  private enum Word: String, CaseIterable, Sendable { case normal, cottrell }

  /// Each packet by a throw of its own at the end of each round.
  static let binomial = PoolKind(
    "binomial",
    summary:
      "each with a probability that grows with the pool: interval_ms, curve, mean, deviation, keep, leave_percent"
  ) { table, settings in
    let rounds = table.rounds(settings)
    let word = table.choice("curve", default: Word.normal, "how the probability grows with the packets in the pool")
    let curve: LeavingCurve
    switch word {
    case .normal:
      curve = .normal(
        mean: table.packets("mean", default: 40, in: 1...1_048_576, settings, "packets of which half leave"),
        deviation: table.int("deviation", default: 20, in: 1...1_048_576, "packets more, of which 84 percent leave"))
    case .cottrell:
      curve = .cottrell(
        keep: table.packets("keep", default: 20, in: 0...1_048_576, settings, "packets that stay on average, at least"),
        percent: table.int("leave_percent", default: 65, in: 1...100, "share of a large pool that leaves"))
    }
    return BinomialStrategy(curve, rounds: rounds)
  }
}
