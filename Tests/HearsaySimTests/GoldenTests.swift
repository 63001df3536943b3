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
    (settings(1, .named([])), "8d88a9a438e3315507230f3553d47c66fe8f9f35986635bf00e2b01354725f5d"),
    (settings(2, .usual), "1c66a770a10ec876170707b2f82e866b524d0987112d2343bcf33a93e2a397d9"),
    (settings(3, .swarm), "2edcb3f31abe5deeaa4667a423fabcd67088a7d43dadd3a97aa5cf247b78f916"),
    (settings(4, .swarm), "e05613b07974067c9d4cbd3dc9740ed8b30526686837f6edc9dc0c55f7e092a0"),
    (settings(5, .named([.loss, .crash, .power])), "44401d0b1a02fad459bc0c55eccb1171356b1a4cee7c42e547820951f1c508e4"),
    (settings(6, .named([.segment, .partial])), "6d9f5241665c96250bb6170122676235b51f301f8b67238aed2b29883accaee0"),
    (
      settings(8, .usual, heal: .core, crypto: .stub),
      "ae9f3e3e2ebff651c230248311639e9a3c3858c8d7a60d8239664f66017ad1f0"
    ),
    (
      settings(9, .swarm, adversaries: [.replay, .tamper, .slowloris], crypto: .stub),
      "5428e5e6a840f07e3f22fc474825e79eba8f487260c0589c4d6c596995af1dc2"
    ),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), "572e6dda4c9017816590e64a2513b8d50e4388defb1cf63d1cf5112682779753"),
    (settings(6, .usual, isBuggy: true), "6632a3482b36ae121a70d7f21acf774b7a3b4c6874631e376b3647510990e9f8"),
    (settings(7, .swarm, isBuggy: true), "84d73f7796807d65031bf1df8a66ab169e8dde27671465a923968ece7147c42c"),
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
