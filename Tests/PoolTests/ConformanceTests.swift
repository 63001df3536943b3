import MixHostTesting
import MixNet
import Pool
import Testing

/// The stage keeps to the contract, with every strategy.
@Suite struct ConformanceTests {
  @Test(arguments: Sample.allCases)
  func conforms(_ sample: Sample) throws {
    let report = try StageConformance(.pool, config: "[pool]\n" + sample.config)
      .holding(atMost: .ms(500), packets: 4_096).run()
    #expect(report[.holdLimit] == .passed && report[.releasesOnce] == .passed)
  }

  @Test func conformsByDefault() throws { try StageConformance(.pool).holding(atMost: .ms(500)).run() }

  /// A pool that is always full, with classes.
  @Test(arguments: Sample.allCases)
  func conformsWhenFull(_ sample: Sample) throws {
    let bounds = "held_max = 8\nmax_latency_ms = 100\nclass_1_max_latency_ms = 20\nclass_2_max_latency_ms = 5\n"
    // What a strategy waits for must fit into the pool.
    let config = sample.config.replacing("max_batch = 100", with: "max_batch = 6")
      .replacing("= 10", with: "= 5").replacing("= 20\n", with: "= 8\n")
    let report = try StageConformance(.pool, config: "[pool]\n" + bounds + config)
      .holding(atMost: .ms(100), packets: 8).run()
    #expect(report[.holdLimit] == .passed && report[.releasesOnce] == .passed)
  }

  /// The kit's limit is one that is kept, not one that is never reached.
  @Test func theKitSeesALongerWait() {
    let report = StageConformance(.pool, config: "[pool]\nstrategy = \"threshold\"\nthreshold = 4_000")
      .holding(atMost: .ms(400), packets: 16).report()
    #expect(report.failed == [.holdLimit])
  }
}
