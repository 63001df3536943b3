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
    (settings(1, .named([])), "db7098d51fe9b2bcd7d4690ea8925cded3935ee7afd30c7f5359319ee2a7d18d"),
    (settings(2, .usual), "9d41ca9f82abd33d9638a9f09d185579700756a8dcf6b8a07b035e81f42d7b30"),
    (settings(3, .swarm), "375b7d0b53c8956ea7ada2082884de9abfd4736d99e5492a39bdf17da1e9b7bf"),
    (settings(4, .swarm), "8d88c1f2be5ce99f996edd8f09a660a8d3e70170908a9c94d4835062106f98c2"),
    (settings(5, .named([.loss, .crash, .power])), "557ac6feb738765ccd69b02fb4b4ef349160fe69e3ac6d76e5fdba6532417a1c"),
    (settings(6, .named([.segment, .partial])), "f2cc0f3006d6acbda964c74aef0b87d589a9a76b16e353512c9d9d8ad45e580d"),
    (
      settings(8, .usual, heal: .core, crypto: .stub),
      "060ddb96493d06f8ea92ec6f07262fc57ad7846a21b3c44f05bceeaa7af98941"
    ),
    (
      settings(9, .swarm, adversaries: [.replay, .tamper, .slowloris], crypto: .stub),
      "caf1a5035196720daf763780d91c706cbcb3adec9c313abebf7b7d3bfc1bd871"
    ),
    (
      settings(10, .usual, conversations: 3, crypto: .stub),
      "d3db5fc3252dbe21cb3dd56a87f2d78125485f1fc1c75e22d2eabb4a61cc9538"
    ),
  ]

  /// Runs in which the nodes' own code makes trouble.
  private static let buggy: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([]), isBuggy: true), "e69e8897f342dc1b4fe9a9350cf694979cc8a89440de71d17f376992e76217da"),
    (settings(6, .usual, isBuggy: true), "5af1ff3675f684d378d90c163eecef5e764da58cd5d00fd0b8ffc1030c23c098"),
    (settings(7, .swarm, isBuggy: true), "765e9c189735e82c0d3a6c21b075361cf0d4169689afd1868f4513090dd97b32"),
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
