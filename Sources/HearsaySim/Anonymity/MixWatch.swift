import Glibc
import MixNet

/// One mix from outside, while somebody lets nothing into it but one target after the other: which of the packets that leave it may
/// be the target, by when they leave.
///
/// The mix holds nothing else, so what leaves is the target or one of its own packets, which leave on a Poisson clock whatever is
/// held. Given all times, each departure is as likely to be the target as its delay is: exp(-t / mean), scaled to 1. That is exact,
/// and no observer can know more without looking into the mix.
struct MixWatch {
  private struct Visit {
    let word: UInt64
    let came: Instant
    var departures: [(after: Nanos, isTarget: Bool)] = []
  }

  let mix: Int
  /// The mean of the mix's delays.
  let mean: Nanos
  private var visits: [Visit] = []

  init(mix: Int, mean: Nanos) { (self.mix, self.mean) = (mix, mean) }

  /// A packet goes into a mix; it is a target if this is the mix.
  mutating func enters(_ mix: Int, _ word: UInt64, _ now: Instant) {
    if mix == self.mix { visits.append(Visit(word: word, came: now)) }
  }

  /// A packet leaves a mix that came with these bytes; nil: the mix has made it, or nobody knows.
  mutating func leaves(_ mix: Int, _ origin: UInt64?, _ now: Instant) {
    guard mix == self.mix, let last = visits.indices.last else { return }
    let isTarget = origin == visits[last].word
    visits[last].departures.append((now - visits[last].came, isTarget))
  }

  /// For each target what the observer does not know of which departure it was, and what it was worth to be told: in bits.
  var bits: [(entropy: Double, surprise: Double)] {
    visits.filter { !$0.departures.isEmpty }.map { visit in
      let weights = visit.departures.map { exp(-Double($0.after.ns) / Double(mean.ns)) }
      let sum = weights.reduce(0, +)
      var (entropy, surprise) = (0.0, visit.departures.count == 1 ? 0 : Double.infinity)
      for (weight, departure) in zip(weights, visit.departures) where weight > 0 {
        entropy -= weight / sum * log2(weight / sum)
        if departure.isTarget { surprise = -log2(weight / sum) }
      }
      return (entropy, surprise)
    }
  }
}
