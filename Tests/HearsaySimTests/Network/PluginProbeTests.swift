import Foundation
import SimNet
import Testing

@testable import HearsaySim

/// Networks whose chains have all plugins that the built-in one lacks, with trouble in these plugins' own code: no rule breaks, and
/// every point of theirs is shown.
@Suite(.enabled("the probes are not built") { SimProbes.areBuilt })
struct PluginProbeTests {
  private static let strategies = [
    "strategy = \"timed_pool\"\ninterval_ms = 40\nkeep = 2", "strategy = \"threshold\"\nthreshold = 6",
  ]

  private static func settings(_ seed: UInt64, cover: String) throws -> RunSettings {
    let text = """
      [chain.onion]
      decode = ["sphinx"]
      verify = ["reputation", "replay"]
      delay = ["vrf_delay"]
      mix = ["pool", "cover_traffic"]
      forward = ["next_hop"]
      observe = ["reputation"]

      [next_hop]
      services = ["echo", "sink"]

      [vrf_delay]
      mean_ms = 20
      max_ms = 500
      epoch_s = 1

      [pool]
      \(strategies[Int(seed / 2 % 2)])
      max_latency_ms = 100

      [cover_traffic]
      start_ms = 1000
      loop_interval_ms = 300
      loop_timeout_ms = 4000
      \(cover)
      """
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("all-\(UUID().uuidString).toml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    var settings = RunSettings(seed: seed, nodes: 6, seconds: 32, faults: .swarm, adversaries: [], crypto: .stub)
    settings.chain = try ChainFile(reading: path, crypto: .stub)
    settings.probes.isBuggy = true
    return settings
  }

  @Test func allPluginsAreTroubled() throws {
    var counts = ProbeCounts()
    for seed in 1...24 as ClosedRange<UInt64> {
      let cover = seed % 2 == 0 ? "drop_interval_ms = 100" : "link_interval_ms = 100\nlink_queue_max = 16"
      let outcome = SimRun(try Self.settings(seed, cover: cover)).run()
      #expect(outcome.violations.isEmpty, "\(outcome.text)")
      counts.add(outcome.probes)
    }
    let missing = ProbePoint.all.filter { point in
      ["cover.", "pool.", "reputation.", "vrf_delay."].contains { point.name.hasPrefix($0) } && !counts.hasShown(point)
    }
    #expect(missing.map(\.name) == [])
  }
}
