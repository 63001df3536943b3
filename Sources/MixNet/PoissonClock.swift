/// Says when things happen that happen at a rate and are foreseen by nobody: the pauses between them are exponential.
package struct PoissonClock: Sendable {
  /// What is this late is no longer made up for.
  private static let lateMax = Nanos.ms(10)
  private var exact = Instant.never
  private var mean: Nanos?

  /// A clock that stands still.
  package init() {}

  /// When the next thing happens, to the next whole millisecond: packets that were held leave at those, and what leaves at another
  /// time would be known for one that was not. Never while there is no rate.
  package var next: Instant {
    guard exact < .never else { return .never }
    let tick = Nanos.ms(1).ns
    let rest = exact.ns % tick
    return rest == 0 ? exact : exact + Nanos(tick - rest)
  }

  /// Sets the mean time between two things; nil: none happen. What was foreseen is drawn anew, which changes nothing for who
  /// looks on: an exponential pause has no memory.
  package mutating func setMean(_ mean: Nanos?, now: Instant, _ random: inout RandomStream) {
    guard mean != self.mean else { return }
    self.mean = mean
    exact = mean.map { Self.after(now, $0, &random) } ?? .never
  }

  /// True when something happens now; then the next time is drawn. Several things may happen in one millisecond, and what is a
  /// little late changes nothing for what follows. After a long pause of the machine one thing happens and the others are left
  /// out, for all at once they would be a burst: a pause without memory may as well begin now.
  package mutating func strikes(_ now: Instant, _ random: inout RandomStream) -> Bool {
    guard let mean, next <= now else { return false }
    exact = Self.after(now - exact > Self.lateMax ? now : exact, mean, &random)
    return true
  }

  private static func after(_ time: Instant, _ mean: Nanos, _ random: inout RandomStream) -> Instant {
    time + Logarithm.exponential(mean: mean, ofUniform: random.next())
  }
}
