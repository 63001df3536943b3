import MixNet

/// The probes of one run. In a simulator that was built without them there are none, and everything here does nothing.
final class SimProbes {
  #if Probes
    static let areBuilt = true
    private let recorder: ProbeRecorder
    private let depth = Depth()

    /// Whether the nodes have another depth of their links' queues than the usual one.
    private final class Depth { var isDrawn = false }

    init(_ settings: ProbeSettings, seed: UInt64) {
      recorder = ProbeRecorder(
        .init(seed: Seed(seed).derived("probes"), isBuggy: settings.isBuggy, planted: settings.planted))
    }

    /// Tells `note` of the trouble that is made.
    func tell(_ note: @escaping (String) -> Void) {
      recorder.note = { [depth] kind, name in
        if name == Self.depthKnob.description { depth.isDrawn = true }
        note("\(kind) \(name)")
      }
    }

    /// Hears of the points that are passed in `body`, on this thread.
    func listen<Result>(_ body: () -> Result) -> Result { recorder.listen(body) }

    /// Packets that may wait for one link in this run. The knob is asked only when a node has asked it: it would tell of
    /// itself for the first time, and no queue has anything in it before.
    var queueDepth: Int {
      let drawn = depth.isDrawn ? recorder.knob(Self.depthKnob, in: 1...4) : nil
      return drawn ?? MixPlan.queueDepth
    }

    private static let depthKnob: StaticString = "link.queue_depth"

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
    var queueDepth: Int { MixPlan.queueDepth }
    func calm() {}
    func report(to ledger: Ledger) {}
    var counts: ProbeCounts { ProbeCounts() }
  #endif

  /// What is said where probes are asked for and there are none.
  static let missing =
    "this hearsay-sim was built without the probes; './dev sim' builds it with them (swift build --traits Probes)"
}
