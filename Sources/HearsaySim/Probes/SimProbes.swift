import MixNet

/// The probes of one run. In a simulator that was built without them there are none, and everything here does nothing.
final class SimProbes {
  #if Probes
    static let areBuilt = true
    private let recorder: ProbeRecorder

    init(_ settings: ProbeSettings, seed: UInt64) {
      recorder = ProbeRecorder(
        .init(seed: Seed(seed).derived("probes"), isBuggy: settings.isBuggy, planted: settings.planted))
    }

    /// Tells `note` of the trouble that is made.
    func tell(_ note: @escaping (String) -> Void) { recorder.note = { note("\($0) \($1)") } }

    /// Hears of the points that are passed in `body`, on this thread.
    func listen<Result>(_ body: () -> Result) -> Result { recorder.listen(body) }

    /// From now on no trouble is made.
    func calm() { recorder.isCalm = true }

    /// Reports what must hold and did not.
    func report(to ledger: Ledger) {
      for name in recorder.broken { ledger.violate("always", "\(name) did not hold") }
    }

    /// What became of the points that were passed.
    var counts: ProbeCounts {
      var counts = ProbeCounts()
      for count in recorder.counts { counts.add(count.name, passed: count.passed, fired: count.fired) }
      return counts
    }
  #else
    static let areBuilt = false

    init(_ settings: ProbeSettings, seed: UInt64) {}
    func tell(_ note: @escaping (String) -> Void) {}
    func listen<Result>(_ body: () -> Result) -> Result { body() }
    func calm() {}
    func report(to ledger: Ledger) {}
    var counts: ProbeCounts { ProbeCounts() }
  #endif

  /// What is said where probes are asked for and there are none.
  static let missing =
    "this hearsay-sim was built without the probes; './dev sim' builds it with them (swift build --traits Probes)"
}
