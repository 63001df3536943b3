import Glibc
import MixNet

/// Someone who sees all links and is not told which packets mixes have made: it knows their rates alone.
///
/// A target that came to a mix at 0 leaves at `t` with the density mu exp(-mu t); whatever else leaves does so at the rate at which it is
/// expected to, which follows from what came and when, and from the mix's own packets. So a departure at `t` is the target with odds
/// of mu exp(-mu t) to that rate; the odds of one mix after the other multiply, and over all messages that clients got they are
/// scaled to 1. It makes no use of what left for what is still there: who reckons better knows more. What it was worth, on average, to
/// be told which message a target was is thus the most that can be hidden from anyone, and what is hidden from one who is told
/// of each packet who made it is the least.
struct UntoldObserver {
  private struct Mix {
    let layer: Int
    /// Packets that are expected to be in the mix and to go on.
    var others = 0.0
    /// The odds of each target to be there.
    var odds: [Double]
    var at = Instant.zero
  }

  private let model: CoverModel
  private let mean: Double
  /// Messages a second for one mix.
  private let messages: Double
  private let targets: Int
  private var mixes: [Mix]
  private var underWay: [UInt64: [Double]] = [:]
  /// Over messages that clients got: sums of odds, and of odds by their logarithms; and the odds of the message that was the target.
  private var sums: [Double]
  private var logs: [Double]
  private var right: [Double]

  init(_ settings: AnonymitySettings, layers: [[Int]]) {
    model = CoverModel(
      layers: settings.layers, width: settings.width, rate: settings.rate, loops: 1,
      drops: Double(settings.coverPerSecond))
    mean = Double(settings.meanDelay.ns) / 1e9
    messages = settings.rate / Double(settings.width)
    targets = settings.targets
    let none = [Double](repeating: 0, count: settings.targets)
    var layerOf = [Int](repeating: 0, count: settings.layers * settings.width)
    for (layer, nodes) in layers.enumerated() { for node in nodes { layerOf[node] = layer } }
    mixes = layerOf.map { Mix(layer: $0, odds: none) }
    (sums, logs, right) = (none, none, none)
  }

  private var lastLayer: Int { mixes.last?.layer ?? 0 }

  /// A client sends a target.
  mutating func sends(_ target: Int, as word: UInt64) {
    underWay[word] = (0..<targets).map { $0 == target ? 1 : 0 }
  }

  private mutating func age(_ mix: Int, to now: Instant) {
    let factor = exp(-Double((now - mixes[mix].at).ns) / 1e9 / mean)
    mixes[mix].at = now
    mixes[mix].others *= factor
    for target in 0..<targets where mixes[mix].odds[target] > 0 {
      let odds = mixes[mix].odds[target] * factor
      mixes[mix].odds[target] = odds < 1e-12 ? 0 : odds
    }
  }

  /// A packet goes into a mix, from a client or another mix.
  mutating func enters(_ mix: Int, _ word: UInt64, from other: Int?, _ now: Instant) {
    age(mix, to: now)
    let isFromLast = other.map { mixes[$0].layer == lastLayer } ?? false
    mixes[mix].others += model.goesOn(layer: mixes[mix].layer, isFromLast: isFromLast, messages: messages)
    guard let odds = underWay.removeValue(forKey: word) else { return }
    for target in 0..<targets { mixes[mix].odds[target] += odds[target] }
  }

  /// A packet comes out of a mix, for another mix or for a client. What the last layer sends to mixes is no message of a client.
  mutating func leaves(_ mix: Int, _ word: UInt64, isForClient: Bool, isTarget target: Int?, _ now: Instant) {
    let layer = mixes[mix].layer
    guard isForClient || layer != lastLayer else { return }
    age(mix, to: now)
    var odds = mixes[mix].odds
    var isNone = true
    for target in 0..<targets where odds[target] > 0 {
      // In the first mix the target itself is one of those that came, and none of the others.
      let others = max(1e-9, mixes[mix].others - (layer == 0 ? odds[target] : 0)) / mean + model.made(layer: layer)
      odds[target] /= mean * others
      isNone = false
    }
    if isNone, target == nil { return }
    if isForClient { receive(odds, target) } else { underWay[word] = odds }
  }

  private mutating func receive(_ odds: [Double], _ target: Int?) {
    for target in 0..<targets where odds[target] > 0 {
      sums[target] += odds[target]
      logs[target] += odds[target] * log2(odds[target])
    }
    if let target { right[target] = odds[target] }
  }

  /// For each target that came what the observer says that it does not know, and what it was worth to be told: in bits.
  var bits: [(entropy: Double, surprise: Double)] {
    (0..<targets).compactMap { target in
      guard sums[target] > 0 else { return nil }
      let total = log2(sums[target])
      return (total - logs[target] / sums[target], total - log2(right[target]))
    }
  }
}
