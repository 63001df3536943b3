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
    (settings(1, .named([])), "27f52a9424fa25298280648616b1059a6e177a0c0ba16949f958be6f45156409"),
    (settings(2, .usual), "df2374749f77dce673df41ad11897660d3bac477c6f87d316f847821b1413fa8"),
    (settings(3, .swarm), "554bbb2493dbd8b06b15e7228f50347734679c9ad7a794a01491d508c557d404"),
    (settings(4, .swarm), "505424f421930ddc4bc01d5a7aa2dd1795da73808c8a1829baa28d93c89120c1"),
    (settings(5, .named([.loss, .crash, .power])), "95ddf0c53d0a4f69045577f684d290c0d0554a6b6545102e82c63396415a51dd"),
    (settings(6, .named([.segment, .partial])), "284870f36874f6a563eff11e11936f238d94d120ea398b9008de74bd1707f447"),
    (
      settings(8, .usual, heal: .core, crypto: .stub),
      "834fa1b474df3969de7af2fa694fe38218b818ca6ae2e4f856403bc8c266d957"
    ),
    (
      settings(9, .swarm, adversaries: [.replay, .tamper, .slowloris], crypto: .stub),
      "6f9f6b94a24afeb3aeff7daf07a8fa3fae3d1f575e9ef7eb05c0641564326d6b"
    ),
    (
      settings(10, .usual, conversations: 3, crypto: .stub),
      "bc835a449e591718142f903a3919ff1d6d9a49f79b55c63c0ecf3f5a8151a32c"
    ),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), "cf66fd558a129917e2b19fdca8ea877ffad8a49376dfab90c7cdd175e102b3aa"),
    (settings(6, .usual, isBuggy: true), "adb5d29408cf8b8a8931db9057d1974e3e10ffff15d4a8e2ecd7767a71f29752"),
    (settings(7, .swarm, isBuggy: true), "9be49b8e5a4d87d76cabba501928f4cccfc5f5c0157e2aa6748b5ccca3860f61"),
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
