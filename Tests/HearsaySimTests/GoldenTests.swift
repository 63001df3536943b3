import SimNet
import Testing

@testable import HearsaySim

/// The same seed gives the same run, on every machine and after every change that should change nothing.
///
/// A change of what a node does, of the world or of the workload changes hashes: then they are written down anew, by what
/// the failing test prints.
@Suite struct GoldenTests {
  private static func settings(_ seed: UInt64, _ faults: RunSettings.Faults) -> RunSettings {
    RunSettings(seed: seed, nodes: 6, seconds: 8, faults: faults)
  }

  private static let golden: [(settings: RunSettings, hash: String)] = [
    (settings(1, .named([])), "633af6a13b47c6bce29d71a17bc0b706feed36b6b6fdea890e159614c91aa826"),
    (settings(2, .usual), "9749868e3c755467b067bc46e7f1c383534c623b6ce30f60ffbe2e5e644b776e"),
    (settings(3, .swarm), "0ca6aa7dc555edbc23b861fa9993df7b92cf2a6b2411d9c8490b90a6642638c4"),
    (settings(4, .swarm), "cf2b44c90e265d52dbcc160373e5d03711dc40966a5422e58868412a5e4216b7"),
    (settings(5, .named([.loss, .crash, .power])), "4bb3b7d89f156dfbf159641dc7f7b34f4f9701cd8b21bd1d21ef856d11b81b9c"),
    (settings(6, .named([.segment, .partial])), "2a7808473c534af57f4dc125f92836e03d0d65242969246f8eaee8b1c11e9e6b"),
  ]

  @Test(arguments: golden.indices)
  func hashesStay(_ place: Int) {
    let (settings, hash) = Self.golden[place]
    let outcome = SimRun(settings).run()
    #expect(outcome.hashText == hash, "\(settings.words)")
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
  }
}
