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
    (settings(1, .named([])), "e001ac86c20f5ca4a4e10d67b735aaceb821481187f63059b79c6e535a0b67bf"),
    (settings(2, .usual), "0b8382886c7c497f537b83b37784e3ca9a02c8ab3f64f97e26e1343fd534b4cf"),
    (settings(3, .swarm), "fb07cc35cdc60f50b209b5f4bb3db16865d02d2639fbd21238cf9589075244c5"),
    (settings(4, .swarm), "90da29d571f5501f7d510b4a42cf74ce8e43da57e467e6929824e1268404776f"),
    (settings(5, .named([.loss, .crash, .power])), "2ef4814f851d79b08818e4b2185918202f7199f63290abba445a4760b36c4aa2"),
    (settings(6, .named([.segment, .partial])), "66db395c02ca5b69b3111ae7b915899b6e9e42060966eaaad7a5bc7279885b6b"),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), "b544ccb64c3c49fda47bf76ffc892b2e58800810d54f1c6a86ce553db5cd94ca"),
    (settings(6, .usual, isBuggy: true), "93fc01b26cab75954d025f345d547b84da2cb75acc263bb1ee8a701bde7805e2"),
    (settings(7, .swarm, isBuggy: true), "911c7afe0d278782b940edd91d66db9d463a59d99ef90c8164a600a42fcf8931"),
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
