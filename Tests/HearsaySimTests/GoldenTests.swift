import SimNet
import Testing

@testable import HearsaySim

/// The same seed gives the same run, on every machine and after every change that should change nothing.
///
/// A change of what a node does, of the world or of the workload changes hashes: then they are written down anew, by what
/// the failing test prints.
@Suite struct GoldenTests {
  private static func settings(
    _ seed: UInt64, _ faults: RunSettings.Faults, heal: Healing? = nil, adversaries: [AdversaryKind]? = nil,
    crypto: CryptoKind = .real, isBuggy: Bool = false
  ) -> RunSettings {
    RunSettings(
      seed: seed, nodes: 6, seconds: 8, faults: faults, heal: heal, adversaries: adversaries, crypto: crypto,
      probes: ProbeSettings(isBuggy: isBuggy))
  }

  private static let golden: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([])), "68be8b6b071c5e5d60afc01aed932df28867abb2accfc2c3fc892ec974fd970b"),
    (settings(2, .usual), "c1d317a23eafdb5e3546f1fae1e8235bb4c01226904e20362cab24d04e6d5a9d"),
    (settings(3, .swarm), "3e7d7e5c5735c16b74bbc8e177abd31aa8c1307cf04d2f99e6174845d2a07e9f"),
    (settings(4, .swarm), "d7b546c5f63f230e0c637e27840c35bed0e6413072cc8f83ede35cb58fa013af"),
    (settings(5, .named([.loss, .crash, .power])), "041917428dadfc71f5f16750b124e5484c9601774bea88bf6e99cfd1f56cec57"),
    (settings(6, .named([.segment, .partial])), "c635e6754bbe269cc5767fd285822bc53252f206f4c57d609b972e3a30feae35"),
    (
      settings(8, .usual, heal: .core, crypto: .stub),
      "6e526a795ddf756159978a30c05b57342ec6da22d6eec5b2b88a15b5badaae67"
    ),
    (
      settings(9, .swarm, adversaries: [.replay, .tamper, .slowloris], crypto: .stub),
      "c9e7e58deed50f7771c34827983b40f6cf0df7d5d21a45dc973fb1aafdd2d825"
    ),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), "90d456c9755445d0b645473d22681b9853baa660a7d84a07cbe40ae590f9e086"),
    (settings(6, .usual, isBuggy: true), "efcf0dc88445c160c5df56af95a86bfbdab7d07cb7c489af185c71df3cb83010"),
    (settings(7, .swarm, isBuggy: true), "cd2b20c4121dbdec53c0216a79ee01d62b32b697e6a822acd43c4a178b35f571"),
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
