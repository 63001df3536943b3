import SimNet
import Testing

@testable import HearsaySim

/// The same seed gives the same run, on every machine and after every change that should change nothing.
///
/// A change of what a node does, of the world or of the workload changes hashes: then they are written down anew, by what
/// the failing test prints.
@Suite struct GoldenTests {
  private static func settings(
    _ seed: UInt64, _ faults: RunSettings.Faults, isBuggy: Bool = false
  ) -> RunSettings {
    RunSettings(seed: seed, nodes: 6, seconds: 8, faults: faults, probes: ProbeSettings(isBuggy: isBuggy))
  }

  private static let golden: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([])), "d8cbeeab39911c1e8df43ab0f32ebc162d2f60c8e9cf83f95f3df0fe04aafcfe"),
    (settings(2, .usual), "269844c18d8b9e6621b8246cf87f564212d7fda072db3ae3649acf5ba506a390"),
    (settings(3, .swarm), "7afba048e3c7d5fedfe3395bc928b1c540b3e940fdb588da0f9d55ca4bc0430a"),
    (settings(4, .swarm), "1c08e588b470fa9b2d8c7d23c064810b0c098fd233a8998240886708d5b00400"),
    (settings(5, .named([.loss, .crash, .power])), "944cb2d17405009a57c042c3072f88b3ade39bfd72378dec0efd559d4a0f4c4e"),
    (settings(6, .named([.segment, .partial])), "1031433d3f8a803792dd057c5cd29d43540dbbff55d098d56286364965c58644"),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), ""),
    (settings(6, .usual, isBuggy: true), ""),
    (settings(7, .swarm, isBuggy: true), ""),
  ]

  /// The same whether the probes are built or not.
  @Test(arguments: golden.indices)
  func hashesStay(_ place: Int) { check(Self.golden[place].settings, Self.golden[place].hash) }

  @Test(.enabled("the probes are not built") { SimProbes.areBuilt }, arguments: buggy.indices)
  func hashesWithTroubleStay(_ place: Int) { check(Self.buggy[place].settings, Self.buggy[place].hash) }

  private func check(_ settings: RunSettings, _ hash: String) {
    let outcome = SimRun(settings).run()
    #expect(outcome.hashText == hash, "\(settings.words)")
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
  }
}
