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
    (settings(1, .named([])), "1782bc64b96dfff1d46302da2af37da3c6a412bdfd71813c2da2de45cf7b0ee0"),
    (settings(2, .usual), "849542c5fc850d880289b67da4e30f4eaf1489bee8a3e16758dee11c683cfef6"),
    (settings(3, .swarm), "5cddec600ac5995bccc5a5f474df443148b287b1fb5455be9a79c90093bf809e"),
    (settings(4, .swarm), "eac735cbe12b89cb8379934507421dfff624f44f99c990b43e7983550bc4f9ac"),
    (settings(5, .named([.loss, .crash, .power])), "5fe6e35b3378db8b12cb5ec13541b40785cfaae9d217a28564e9acd3f042a6e0"),
    (settings(6, .named([.segment, .partial])), "d8a4bdb90f780b79eef8e71b1140ee504982ea42c6e7c11770aa1a2569497563"),
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
