/// How long something takes by the clock of the machine: it is printed, and nothing follows from it. The one clock of the simulator.
struct Stopwatch {
  private let clock = ContinuousClock()
  private let began: ContinuousClock.Instant

  /// Starts it.
  init() { began = clock.now }

  /// Seconds since then.
  var seconds: Double {
    let (seconds, attoseconds) = began.duration(to: clock.now).components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
