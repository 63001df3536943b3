import MixHost
import MixHostTesting
import MixNet
import Testing

@Suite struct BadTailStageTests {
  @Test func revivesADrop() {
    let stage = OddMix.descriptor(hold: { mix, batch, verdicts, turn in
      if batch.packets.count > 3 { verdicts.drop(3, .queueFull) }
      OddMix.takeAll(mix, &batch, &verdicts, &turn)
    })
    expectOnly(.dropsStayDropped, "was dropped and taken to be released later", StageConformance(stage))
  }

  @Test func sendsWhatItDrops() {
    let stage = OddForward<Int>.descriptor({ 0 }) { _, batch, outlets, verdicts, _ in
      for i in batch.indices where outlets.send(i, on: batch.link(i)) {
        if batch.bytes(i).count > 4, batch.bytes(i)[4] < 30 { verdicts.drop(i, .invalid) }
      }
    }
    expectOnly(.dropsStayDropped, "was dropped and given an outlet as well", StageConformance(stage))
  }

  @Test func keepsSomeAtTheStop() {
    let stage = OddMix.descriptor(drain: { mix, batch, _ in
      while mix.held.count > 1, batch.room > 0 { batch.append(mix.held.remove(at: 0)) }
    })
    let report = StageConformance(stage).report()
    #expect(report.failed == [.stopLosesNothing], "\(report)")
    #expect(sentence(report, .stopLosesNothing).contains("packets are lost when the chain stops"))
  }

  @Test func keepsOneForEver() {
    let keeping: OddMix.ReleaseCall = { mix, batch, _ in
      while mix.held.count > 1, batch.room > 0 { batch.append(mix.held.remove(at: 0)) }
    }
    let report = StageConformance(OddMix.descriptor(release: keeping, drain: keeping)).report()
    #expect(report.failed == [.releasesOnce, .slotsConserved, .randomBytes, .stopLosesNothing], "\(report)")
    #expect(sentence(report, .releasesOnce).contains("have not come out after the drain"))
    #expect(sentence(report, .slotsConserved).contains("slots are not free; 1 packets are held"))
  }

  /// The packets lie in memory that nobody looks at again.
  @Test func losesPacketsWithoutATrace() {
    let stage = OddMix.descriptor(hold: { _, batch, _, _ in
      for i in batch.packets.indices where batch.packets.bytes(i).count % 50 == 0 {
        let leak = UnsafeMutablePointer<HeldPacket>.allocate(capacity: 1)
        leak.initialize(to: batch.take(i))
      }
    })
    let report = StageConformance(stage).report()
    #expect(report.failed.contains(.slotsConserved) && report.failed.contains(.releasesOnce), "\(report)")
  }

  @Test func holdsTooLong() {
    let stage = OddMix.descriptor()
    expectOnly(.holdLimit, "the limit is 500 us", StageConformance(stage).holding(atMost: .us(500)))
    #expect(StageConformance(stage).holding(atMost: .ms(2), packets: 4_096).report().failed == [])
    let unlimited = StageConformance(stage).report()
    #expect(unlimited[.holdLimit] == .skipped("no limit is stated: holding(atMost:packets:)"))
  }

  @Test func forgetsToAskForATime() {
    let stage = OddMix.descriptor(hold: { mix, batch, _, turn in
      for i in batch.packets.indices { mix.held.insert(batch.take(i)) }
      if mix.due == .never { mix.due = turn.now + .ms(2) }
    })
    expectOnly(.holdLimit, "was held for", StageConformance(stage).holding(atMost: .ms(20)))
  }

  @Test func holdsTooMany() {
    let stage = OddMix.descriptor()
    expectOnly(.holdLimit, "packets at once; its limit is 5", StageConformance(stage).holding(packets: 5))
  }

  @Test func anotherOrderEachTime() {
    let stage = OddMix.descriptor(release: { mix, batch, turn in
      guard mix.due <= turn.now else { return }
      while mix.held.count > 0, batch.room > 0 {
        batch.append(mix.held.remove(at: Int.random(in: 0..<mix.held.count)))
      }
      if mix.held.count == 0 { mix.due = .never }
    })
    expectOnly(.sameSeed, "two runs of one seed differ", StageConformance(stage))
  }

  /// The order of a set is another one in each instance.
  @Test func anOrderOutOfASet() {
    let stage = OddForward<Set<UInt8>>.descriptor({ Set(0..<20) }) { state, batch, outlets, verdicts, turn in
      if var frame = turn.frame(on: batch.link(0), length: state.count) {
        for (place, element) in state.enumerated() { frame[place] = element }
      }
      for i in batch.indices where !outlets.send(i, on: batch.link(i)) { verdicts.drop(i, .queueFull) }
    }
    expectOnly(.sameSeed, "something of the stage's own leaves", StageConformance(stage))
  }

  @Test func asksForEverToBeWoken() {
    let stage = OddMix.descriptor(
      hold: { _, _, _, turn in turn.wake(at: turn.now) }, release: { _, _, turn in turn.wake(at: turn.now) })
    let report = StageConformance(stage).report()
    #expect(report.failed.contains(.samplesPass), "\(report)")
    #expect(sentence(report, .samplesPass).contains("again and again to be woken"))
  }

  @Test(.enabled(if: AllocationCounter.works && !isDebugBuild)) func allocatesForEveryPacket() {
    let stage = OddForward<[[UInt8]]>.descriptor({ [] }) { state, batch, outlets, verdicts, _ in
      state.removeAll(keepingCapacity: true)
      for i in batch.indices {
        state.append(Array(repeating: 1, count: batch.bytes(i).count))
        if !outlets.send(i, on: batch.link(i)) { verdicts.drop(i, .queueFull) }
      }
    }
    expectOnly(.noAllocation, "allocations of", StageConformance(stage))
  }
}
