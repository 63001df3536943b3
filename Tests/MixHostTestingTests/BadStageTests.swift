import MixHost
import MixHostTesting
import MixNet
import Testing

/// What the report says of a check, when it says that it failed.
private func sentence(_ report: ConformanceReport, _ check: ConformanceCheck) -> String {
  if case .failed(let sentence) = report[check] { sentence } else { "\(report[check])" }
}

/// The stage fails this check and no other.
private func expectOnly(
  _ check: ConformanceCheck, _ words: String, _ conformance: StageConformance,
  _ location: SourceLocation = #_sourceLocation
) {
  let report = conformance.report()
  #expect(report.failed == [check], "\(report)", sourceLocation: location)
  #expect(sentence(report, check).contains(words), "\(report)", sourceLocation: location)
}

@Suite struct BadConfigTests {
  @Test func aKeyWithoutASentence() {
    let stage = IdleStage.descriptor { (table: inout ConfigTable) in table.int("size", default: 1, in: 1...9, "") }
    expectOnly(.defaultConfig, "'size' has no sentence", StageConformance(stage))
  }

  @Test func aNumberWithoutARange() {
    let stage = IdleStage.descriptor { (table: inout ConfigTable) in table.int("size", default: 1, "how many there are")
    }
    expectOnly(.defaultConfig, "'size' takes any integer", StageConformance(stage))
  }

  @Test func aDefaultOutsideOfItsRange() {
    let stage = IdleStage.descriptor { (table: inout ConfigTable) in
      table.int("size", default: 0, in: 1...9, "how many there are")
    }
    expectOnly(.defaultConfig, "the default of 'size' is not allowed", StageConformance(stage))
  }

  @Test func namesThatNoTableHas() {
    let stage = IdleStage.descriptor("Idle", summary: "") { (table: inout ConfigTable) in
      table.bool("isOn", default: true, "whether it is on")
    }
    let report = StageConformance(stage).report()
    #expect(report.failed == [.defaultConfig])
    for words in ["'Idle' is not", "no summary", "'isOn' is not"] {
      #expect(sentence(report, .defaultConfig).contains(words))
    }
  }

  @Test func aRequiredKeyIsGiven() throws {
    let stage = IdleStage.descriptor { (table: inout ConfigTable) in
      table.int("size", required: 1, in: 1...9, "how many there are")
    }
    expectOnly(.defaultConfig, "needs the key 'size'", StageConformance(stage))
    try StageConformance(stage, config: "[idle]\nsize = 3").run()
    expectOnly(.defaultConfig, "no key 'sise'", StageConformance(stage, config: "[idle]\nsize = 3\nsise = 2"))
  }

  @Test func aStageThatCannotBeBuilt() {
    let wrong = StageDescriptor(
      .observe, "key_reader", summary: "reads a key", config: { (_: inout ConfigTable) in true },
      shared: { (_: Bool, context: inout LoadContext) -> Bool? in
        guard (try? context.files.read("key", limit: 32)) != nil else {
          context.mistake("no key")
          return nil
        }
        return true
      },
      make: { (_: Bool, _: Bool, _: inout StageBuilder) throws(BuildError) -> any ObserveStage in IdleStage() })
    let report = StageConformance(wrong).report()
    #expect(report.failed == [.builds])
    #expect(sentence(report, .builds) == "it cannot be prepared: no key")
    #expect(report[.sameSeed] == .skipped("the stage cannot be built"))
    #expect(StageConformance(wrong, files: MemoryFiles(["key": [1]])).report().failed == [])
  }

  @Test func aCapabilityThatIsNotDeclared() {
    func stage(uses: [String]) -> StageDescriptor {
      StageDescriptor(
        .observe, "asker", summary: "asks", uses: uses, config: { (_: inout ConfigTable) in true },
        make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any ObserveStage in
          let maker = try builder.capability(.packetMaker)
          guard maker.packetSize == 128 else { throw BuildError("the wrong maker") }
          return IdleStage()
        })
    }
    let kit = { StageConformance($0).offering(.packetMaker) { FakePacketMaker(packetSize: 128) } }
    #expect(sentence(kit(stage(uses: [])).report(), .builds).contains("nothing in this binary offers 'packet_maker'"))
    #expect(kit(stage(uses: ["packet_maker"])).report().failed == [])
    #expect(sentence(StageConformance(stage(uses: ["packet_maker"])).report(), .builds).contains("the wrong maker"))
  }
}

@Suite struct BadHeadStageTests {
  @Test func noSampleGetsThrough() {
    let stage = OddDecode<Int>.descriptor({ 0 }) { _, batch, _, verdicts, _ in
      for i in batch.indices { verdicts.drop(i, .badMAC) }
    }
    expectOnly(.samplesPass, "dropped (bad_mac) after decode", StageConformance(stage))
  }

  @Test func samplesThatDoNotFit() {
    let stage = OddDecode<Int>.descriptor({ 0 }) { _, _, _, _, _ in }
    let report = StageConformance(stage, packets: { _, _ in SamplePacket([1]) }).report()
    #expect(report.failed == [.builds])
    #expect(sentence(report, .builds) == "sample packet 0 has 1 bytes; the chain takes 32...256")
  }

  /// It numbers packets by their place in the batch.
  @Test func dependsOnTheSplit() {
    let stage = OddDecode<Int>.descriptor({ 0 }) { _, batch, columns, _, _ in
      for i in batch.indices { columns.setHeaderDelay(i, Nanos(UInt64(i))) }
    }
    let report = StageConformance(stage).report()
    #expect(report.failed.contains(.splitInvariance), "\(report)")
    #expect(sentence(report, .splitInvariance).contains("packet 1: in batches of 64"), "\(report)")
  }

  /// It remembers by place what belongs to the packet.
  @Test func keepsStateByPlaceFromDecodeToFinish() {
    let stage = OddDecode<[UInt8]>.descriptor(
      { [] },
      decode: { state, batch, _, _, _ in
        state.removeAll(keepingCapacity: true)
        for i in batch.indices { state.append(batch.bytes(i)[0]) }
      },
      finish: { state, batch, _, _, _ in
        for i in batch.indices {
          var bytes = batch.mutableBytes(i)
          bytes[0] ^= state[i]
        }
      })
    expectOnly(.dropsStayDropped, "when others are dropped between decode and finish", StageConformance(stage))
  }

  /// It keeps a pointer to a packet that it has dropped, and writes through it a turn later.
  @Test func touchesADroppedPacket() {
    let stage = OddDecode<UnsafeMutablePointer<UInt8>?>.descriptor({ nil }) { state, batch, _, verdicts, _ in
      state?.pointee = 1
      state = nil
      for i in batch.indices where batch.bytes(i)[0] < 40 {
        verdicts.drop(i, .malformed)
        var bytes = batch.mutableBytes(i)
        bytes.withUnsafeMutableBufferPointer { state = $0.baseAddress }
      }
    }
    let report = StageConformance(stage).report()
    #expect(sentence(report, .dropsStayDropped).contains("a packet that had ended was written to"), "\(report)")
  }

  @Test func sharesAStateThatIsNotInTheSeed() {
    let stage = OddDecode<SystemRandomNumberGenerator>.descriptor({ SystemRandomNumberGenerator() }) {
      state, batch, _, verdicts, _ in
      for i in batch.indices where state.next() % 2 == 0 { verdicts.drop(i, .invalid) }
    }
    let report = StageConformance(stage).report()
    #expect(report.failed.contains(.sameSeed), "\(report)")
    #expect(sentence(report, .sameSeed).contains("two runs of one seed differ at event"))
  }
}

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

/// True when allocations cannot be counted because the language itself allocates.
let isDebugBuild: Bool = {
  #if DEBUG
    true
  #else
    false
  #endif
}()
