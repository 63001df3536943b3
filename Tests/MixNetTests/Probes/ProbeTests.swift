import MixNet
import Testing

/// What probes do where nobody listens: nothing, whether they are built or not.
@Suite struct SilentProbeTests {
  @Test func nothingFires() {
    var wasAsked = false
    Probe.sometimes("test.sometimes", { wasAsked = true }() == ())
    Probe.reachable("test.reachable")
    Probe.always("test.always", true)
    #expect(!wasAsked)
    #expect((0..<1_000).allSatisfy { _ in !Probe.buggify("test.buggify", oneIn: 1) })
    #expect((0..<1_000).allSatisfy { _ in !Probe.planted("test_planted") })
    #expect(Probe.knob("test.knob", default: 7, in: 1...2) == 7)
  }
}

#if Probes
  /// What a recorder decides and counts.
  @Suite struct ProbeRecorderTests {
    private static func recorder(_ seed: UInt64, isBuggy: Bool = true, planted: String? = nil) -> ProbeRecorder {
      ProbeRecorder(.init(seed: Seed(seed), isBuggy: isBuggy, planted: planted))
    }

    /// A hundred decisions of one point.
    private static func decisions(_ recorder: ProbeRecorder, _ also: () -> Void = {}) -> [Bool] {
      recorder.listen {
        (0..<100).map { _ in
          also()
          return Probe.buggify("test.one", oneIn: 3)
        }
      }
    }

    @Test func decisionsFollowFromTheSeedAlone() {
      for seed in 0..<40 as Range<UInt64> {
        let alone = Self.decisions(Self.recorder(seed))
        let amongOthers = Self.decisions(Self.recorder(seed)) {
          _ = Probe.buggify("test.two", oneIn: 2)
          _ = Probe.knob("test.three", default: 0, in: 0...9)
          Probe.reachable("test.four")
        }
        #expect(alone == amongOthers)
      }
    }

    @Test func aPointIsActiveInAQuarterOfTheRunsAndThenFires() {
      let fired = (0..<400).map { seed in Self.decisions(Self.recorder(seed)).count { $0 } }
      let active = fired.count { $0 > 0 }
      #expect((70...130).contains(active))
      #expect(fired.allSatisfy { $0 == 0 || (10...60).contains($0) })
    }

    @Test func aKnobHasOneValueARun() {
      var seen: Set<Int> = []
      for seed in 0..<200 as Range<UInt64> {
        Self.recorder(seed).listen {
          let values = (0..<5).map { _ in Probe.knob("test.knob", default: 100, in: 1...4) }
          #expect(Set(values).count == 1)
          seen.insert(values[0])
        }
      }
      #expect(seen == [1, 2, 3, 4, 100])
    }

    @Test func aCalmWorldHasNoTroubleButKeepsItsValues() {
      let active = (0..<100 as Range<UInt64>).first { seed in Self.decisions(Self.recorder(seed)).contains(true) }
      let recorder = Self.recorder(active ?? 0)
      recorder.isCalm = true
      #expect(!Self.decisions(recorder).contains(true))
      let quiet = Self.recorder(active ?? 0, isBuggy: false)
      #expect(!Self.decisions(quiet).contains(true))
    }

    @Test func onlyTheMistakeThatIsPlantedIsMade() {
      let recorder = Self.recorder(1, planted: "test_one")
      recorder.isCalm = true
      recorder.listen {
        #expect(Probe.planted("test_one"))
        #expect(!Probe.planted("test_two"))
      }
      #expect(recorder.counts.map(\.name) == ["test_one", "test_two"])
      #expect(recorder.counts.map(\.fired) == [1, 0])
    }

    @Test func whatDoesNotHoldIsReportedOnce() {
      let recorder = Self.recorder(1)
      var notes: [String] = []
      recorder.note = { notes.append("\($0) \($1)") }
      recorder.listen {
        for number in 0..<5 {
          Probe.always("test.always", number < 3)
          Probe.sometimes("test.sometimes", number == 2)
          Probe.reachable("test.reachable")
        }
        Probe.unreachable("test.unreachable")
      }
      #expect(recorder.broken == ["test.always", "test.unreachable"])
      #expect(notes == ["broken test.always", "broken test.always", "broken test.unreachable"])
      let counts = recorder.counts.map { "\($0.name) \($0.passed) \($0.fired)" }
      #expect(
        counts == ["test.always 5 2", "test.reachable 5 5", "test.sometimes 5 1", "test.unreachable 1 1"])
    }

    @Test func recordersListenOneInAnother() {
      let (outer, inner) = (Self.recorder(1), Self.recorder(2))
      outer.listen {
        Probe.reachable("test.outer")
        inner.listen { Probe.reachable("test.inner") }
        Probe.reachable("test.outer")
      }
      Probe.reachable("test.nobody")
      #expect(outer.counts.map(\.name) == ["test.outer"])
      #expect(outer.counts.first?.fired == 2)
      #expect(inner.counts.map(\.name) == ["test.inner"])
    }

    @Test func whatMustHoldEndsAProcessWithoutASimulation() async {
      await #expect(processExitsWith: .failure) { Probe.always("test.always", false) }
    }
  }
#endif
