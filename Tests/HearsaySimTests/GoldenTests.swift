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
    (settings(1, .named([])), "d711057ebdaf5cdc980f3b81d96a9cf6c610f5f47056a1c105a1b708b7a6cf63"),
    (settings(2, .usual), "a05bf62e57d166803f05bcd3e4b3861ff5e49a83a115a73570cab0c8abed606a"),
    (settings(3, .swarm), "eb64a3be7dda8f87f474fc889ec3a50e6ab16597bb78b85961864ed5907db7a5"),
    (settings(4, .swarm), "71182c28a6489480ee6da4a00b0a5e9fd2bcdbc456475fcfad256fe09bb8c841"),
    (settings(5, .named([.loss, .crash, .power])), "ec74597bcd6fb873c96011185472abd7b0a8096ae1205c5308d815dd2ca8b3d8"),
    (settings(6, .named([.segment, .partial])), "3169b32036d8aaa0b3933578c02749e59a5747d5f589a1cfb83fcfc93aee477e"),
    (
      settings(8, .usual, heal: .core, crypto: .stub),
      "303e3e361b1cc594fd66aac8838b81f53b2d6740e6ee403a673931354809615d"
    ),
    (
      settings(9, .swarm, adversaries: [.replay, .tamper, .slowloris], crypto: .stub),
      "21884ce0b51c70b89369f6aee6c4e8b99020966d45ac2b249abbb45a9a423367"
    ),
    (
      settings(10, .usual, conversations: 3, crypto: .stub),
      "e50b07ccd281b199389de42f0ad7b2212ea6cb454a2fccc46f9a19c7df710bf6"
    ),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), "b6d1ac664dbca6d4d87d11c75df284eb16a6855bf0a69430534863c197466f32"),
    (settings(6, .usual, isBuggy: true), "10437a56bfa97edbabf157dda9c18d3a4cf5fc55115fb43bb183e2aa3e871259"),
    (settings(7, .swarm, isBuggy: true), "3ec49d810a40ee2246897473f5be4d97126bf06940219ebaa4d6c55dcb48f2c0"),
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
