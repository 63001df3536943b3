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
    conversations: Int? = nil, crypto: CryptoKind = .real, isBuggy: Bool = false
  ) -> RunSettings {
    RunSettings(
      seed: seed, nodes: 6, seconds: 8, faults: faults, heal: heal, adversaries: adversaries,
      conversations: conversations, crypto: crypto, probes: ProbeSettings(isBuggy: isBuggy))
  }

  private static let golden: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([])), "68be8b6b071c5e5d60afc01aed932df28867abb2accfc2c3fc892ec974fd970b"),
    (settings(2, .usual), "c1d317a23eafdb5e3546f1fae1e8235bb4c01226904e20362cab24d04e6d5a9d"),
    (settings(3, .swarm), "4abf23d736d5a192e9cfa185d9c516abb15712b8f03fb485a638f966d14415a7"),
    (settings(4, .swarm), "35ee7fd331f229c0a3afee2dfbba1f1b3ed9f10d728d810cd8912e483486655e"),
    (settings(5, .named([.loss, .crash, .power])), "041917428dadfc71f5f16750b124e5484c9601774bea88bf6e99cfd1f56cec57"),
    (settings(6, .named([.segment, .partial])), "c635e6754bbe269cc5767fd285822bc53252f206f4c57d609b972e3a30feae35"),
    (
      settings(8, .usual, heal: .core, crypto: .stub),
      "ae9f3e3e2ebff651c230248311639e9a3c3858c8d7a60d8239664f66017ad1f0"
    ),
    (
      settings(9, .swarm, adversaries: [.replay, .tamper, .slowloris], crypto: .stub),
      "a1349e40513049291e3135f9899b81d698c2bf2eefa1ff6ec3a34a2eb6cd8ea8"
    ),
    (
      settings(10, .usual, conversations: 3, crypto: .stub),
      "4783ac749f436b580fd8ca782eb280b2974792c78293935562e7639a51c3e6dc"
    ),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), "90d456c9755445d0b645473d22681b9853baa660a7d84a07cbe40ae590f9e086"),
    (settings(6, .usual, isBuggy: true), "efcf0dc88445c160c5df56af95a86bfbdab7d07cb7c489af185c71df3cb83010"),
    (settings(7, .swarm, isBuggy: true), "85033e22d74cb7a2a349b830cedd7efddbc5b3e5b727bd04dc6806bdcc83cea5"),
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
