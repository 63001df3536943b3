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
    (settings(1, .named([])), "13ee40737bf3785310f9c5eb87c3652da24c7b92b434c5f909a6f9fe9424dd5e"),
    (settings(2, .usual), "9ec550828169664c79642b42891c1ed3bb5e49948e16e7a131d1ed5c7c81b2e7"),
    (settings(3, .swarm), "a1a5464c8d2ddd9335636fc2830ea57234fb28edea0014b400e8a66a62fbef3f"),
    (settings(4, .swarm), "7d87b7fa9bef0ac1ce5a67bf8e6dea518aac4588e21814243bc3cd45523a4a11"),
    (settings(5, .named([.loss, .crash, .power])), "9c4ee3dc5de29da05afb670d7fa4259de5b6d7f9bfbfec1dc0ed77dfe1444ca0"),
    (settings(6, .named([.segment, .partial])), "f0fc02da36ecd6f4d763a2bf5b4659360c813273d03b863ef65198e34ecf0032"),
    (
      settings(8, .usual, heal: .core, crypto: .stub),
      "af1ef048ae0fcdebce1b7769c9432910f0dc74465921c7c3b9d5058b09c1f938"
    ),
    (
      settings(9, .swarm, adversaries: [.replay, .tamper, .slowloris], crypto: .stub),
      "f7068e589ef157ca3998a8b1e22f5f5f547765794012d70cb165f42be2be79db"
    ),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), "cead4886b7d6b71ea8300997705a83ef1082039f5a77886c76ee317cee71c3bc"),
    (settings(6, .usual, isBuggy: true), "1721faa422e8e062f1d3032d5c0446f23ea40fe4db6ac0bae0addcec5bb4bfed"),
    (settings(7, .swarm, isBuggy: true), "976f3b8e3cab7b60ed04f85f6e9747935c47da540674ef29011a70105f21425e"),
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
