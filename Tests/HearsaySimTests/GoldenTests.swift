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
    (settings(1, .named([])), "6a7ac084f8a50067f10e40c112e11133eadf7b03f27e084a36fa704881f6e253"),
    (settings(2, .usual), "aa93f7eb3a38d86d452628378b2f0f758d9032153903b07625f6bbd9d1f2f464"),
    (settings(3, .swarm), "556993d95216a09a7e6092ae6be2af471fc8f36838d0e3f81b9632757583a503"),
    (settings(4, .swarm), "f289bf053ecb397dbe58a39e35ae146f644ef4bd00ee812a9d14834c71f9ce9b"),
    (settings(5, .named([.loss, .crash, .power])), "627a41774fb1a93dcbfecb6f11a8af4c6a42263856dbbce4fc21268e31ba7ee2"),
    (settings(6, .named([.segment, .partial])), "4611aff8af9ab952399793120326addcc606e275251b5ce46602e8e967d7ced0"),
    (
      settings(8, .usual, heal: .core, crypto: .stub),
      "d241b7fac04a145d7b734e157d9a876084e66a00f2ac04416c6c8537b20c3c16"
    ),
    (
      settings(9, .swarm, adversaries: [.replay, .tamper, .slowloris], crypto: .stub),
      "2e1e95ffed4c3104fc7c205c27c6b4aa7e6229ac3faf5afc1b5e129f4441f0e0"
    ),
    (
      settings(10, .usual, conversations: 3, crypto: .stub),
      "f5574f8e4486387d8f339eccb2f58ff7cce170cb7ffef73bbd3f54c2348fa416"
    ),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), "a417c32e39af5ddfb7121358aab1956101ea544747cfbd7fbf82ad6a405065fe"),
    (settings(6, .usual, isBuggy: true), "0097d8d9e12dcbe81175efd06c9b56414a519fa0be18d47e7a1ddb706d35a538"),
    (settings(7, .swarm, isBuggy: true), "e161355fc8408fb7bb813aa8e77d187a74d780e6dc1e1537609f90c6afc940a4"),
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
