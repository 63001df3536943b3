import MixHost
import MixHostTesting
import MixNet
import Testing

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
