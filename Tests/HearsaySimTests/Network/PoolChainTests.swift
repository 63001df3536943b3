import Foundation
import SimNet
import Testing

@testable import HearsaySim

/// Whole networks whose mixes have a pool, in a world with and without faults: nothing is lost in it, nothing stays in it.
@Suite struct PoolChainTests {
  private static let strategies = [
    "strategy = \"timed\"\ninterval_ms = 40", "strategy = \"threshold\"\nthreshold = 8",
    "strategy = \"threshold_or_timed\"\nthreshold = 8\ninterval_ms = 40",
    "strategy = \"timed_pool\"\ninterval_ms = 40\nkeep = 5",
    "strategy = \"binomial\"\ninterval_ms = 40\nmean = 8\ndeviation = 4",
    "strategy = \"binomial\"\ninterval_ms = 40\ncurve = \"cottrell\"\nkeep = 4\nleave_percent = 65",
    "strategy = \"adaptive\"\nmin_batch = 4\nmax_batch = 20",
  ]

  private func outcome(_ strategy: String, _ faults: RunSettings.Faults, seed: UInt64) throws -> Outcome {
    let text = """
      [chain.onion]
      decode = ["sphinx"]
      verify = ["rate_limit", "replay"]
      delay = ["sphinx_delay"]
      mix = ["pool"]
      forward = ["next_hop"]

      [next_hop]
      services = ["echo", "sink"]

      [pool]
      max_latency_ms = 200
      \(strategy)
      """
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("pool-\(UUID().uuidString).toml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    var settings = RunSettings(seed: seed, nodes: 6, seconds: 8, faults: faults, crypto: .stub)
    settings.chain = try ChainFile(reading: path, crypto: .stub)
    return SimRun(settings).run()
  }

  @Test(arguments: strategies)
  func everyMessageIsAnswered(_ strategy: String) throws {
    let outcome = try outcome(strategy, .named([]), seed: 11)
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(outcome.asked > 100 && outcome.answered == outcome.asked)
  }

  @Test(arguments: strategies, [12, 13, 14] as [UInt64])
  func faultsLeaveNothingBehind(_ strategy: String, _ seed: UInt64) throws {
    let outcome = try outcome(strategy, seed == 12 ? .usual : .swarm, seed: seed)
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(outcome.answered > 10)
  }
}
