import MixNet

/// How long a loop takes of which nobody takes any: the sum of a node's delays, which are exponential (an Erlang law), and with
/// links of a constant rate the waits for their ticks.
enum LoopTime {
  /// Of a thousand sums of so many exponential delays of mean one, one is longer, in thousandths: the tail
  /// exp(-x) (1 + x + ... + x^(n-1) / (n-1)!) is 1/1000 there.
  static let longest: [UInt64] = [0, 6_908, 9_234, 11_229, 13_063, 14_795]

  /// Of a thousand loops through so many layers one is under way for longer, though nobody drops any. Zero where there are no loops.
  static func usual(layers: Int, meanDelay: Nanos, linkInterval: Nanos) -> Nanos {
    guard layers > 1, longest.indices.contains(layers) else { return .zero }
    let delays = Nanos((meanDelay * longest[layers]).ns / 1_000)
    return delays + linkInterval * UInt64(layers)
  }
}

extension CoverConfig {
  /// What is wrong with it in a network of so many layers, a sentence each.
  func mistakes(layers: Int) -> [String] {
    var mistakes: [String] = []
    let least = LoopTime.usual(layers: layers, meanDelay: meanDelay, linkInterval: linkInterval)
    if loopInterval > .zero, loopTimeout < least {
      mistakes.append(
        "'loop_timeout_ms' must be at least \((least + Nanos(999_999)).ms), or more than one of a thousand loops through "
          + "\(layers) layers with 'mean_delay_ms' = \(meanDelay.ms) is given up that nobody dropped; "
          + "found \(loopTimeout.ms)")
    }
    if linkInterval > .zero, loopInterval > .zero, loopInterval < linkInterval * 2 {
      mistakes.append(
        "'loop_interval_ms' must be at least twice 'link_interval_ms', \(linkInterval.ms), or loops leave no room on a "
          + "link; found \(loopInterval.ms)")
    }
    if linkInterval > .zero, layers > CoverRoute.hopsMax {
      mistakes.append(
        "'link_interval_ms' is for networks of at most \(CoverRoute.hopsMax) layers, which is what packets pass; "
          + "this one has \(layers)")
    }
    return mistakes
  }
}
