import MixNet

/// Says when things happen that happen at a rate and are foreseen by nobody: the pauses between them are exponential.
struct PoissonClock: Sendable {
  /// When the next thing happens; never while there is no rate.
  private(set) var next = Instant.never
  private var mean: Nanos?

  /// Sets the mean time between two things; nil: none happen. What was foreseen is drawn anew, which changes nothing for who
  /// looks on: an exponential pause has no memory.
  mutating func setMean(_ mean: Nanos?, now: Instant, _ random: inout RandomStream) {
    guard mean != self.mean else { return }
    self.mean = mean
    next = mean.map { Self.after(now, $0, &random) } ?? .never
  }

  /// True when something happens now; then the next time is drawn.
  mutating func strikes(_ now: Instant, _ random: inout RandomStream) -> Bool {
    guard let mean, next <= now else { return false }
    next = Self.after(next, mean, &random)
    return true
  }

  /// To the next whole millisecond: packets that were held leave at those, and what leaves at another time would be known for
  /// one that was not.
  private static func after(_ time: Instant, _ mean: Nanos, _ random: inout RandomStream) -> Instant {
    let exact = time + Logarithm.exponential(mean: mean, ofUniform: random.next())
    let tick = Nanos.ms(1).ns
    let rest = exact.ns % tick
    return rest == 0 ? exact : exact + Nanos(tick - rest)
  }
}
