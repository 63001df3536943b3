import Foundation
import SimNet
import Testing

@testable import HearsaySim

/// Whole networks whose mixes send cover, on Poisson clocks and at a constant rate, behind a pool, in a world with and without faults.
/// Such a network is never quiet, and a run says so at its end; all other rules hold.
@Suite struct CoverChainTests {
  private static let covers = [
    "drop_interval_ms = 50", "rate = \"adaptive\"\nfloor_per_s = 20",
    "link_interval_ms = 25\nlink_queue_max = 128",
  ]

  private func outcome(_ cover: String, _ faults: RunSettings.Faults, seed: UInt64) throws -> Outcome {
    let text = """
      [chain.onion]
      decode = ["sphinx"]
      verify = ["replay"]
      delay = ["sphinx_delay"]
      mix = ["pool", "cover_traffic"]
      forward = ["next_hop"]

      [next_hop]
      services = ["echo", "sink"]

      [pool]
      max_latency_ms = 50

      [cover_traffic]
      start_ms = 1000
      loop_interval_ms = 200
      \(cover)
      """
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("cover-\(UUID().uuidString).toml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    var settings = RunSettings(seed: seed, nodes: 6, seconds: 8, faults: faults, crypto: .stub)
    settings.chain = try ChainFile(reading: path, crypto: .stub)
    return SimRun(settings).run()
  }

  @Test(arguments: covers)
  func everyMessageIsAnswered(_ cover: String) throws {
    let outcome = try outcome(cover, .named([]), seed: 11)
    #expect(outcome.violations.allSatisfy { $0.oracle == "quiet" }, "\(outcome.text)")
    #expect(outcome.asked > 100 && outcome.answered == outcome.asked)
  }

  @Test(arguments: covers, [12, 13, 14] as [UInt64])
  func faultsLeaveNothingBehind(_ cover: String, _ seed: UInt64) throws {
    let outcome = try outcome(cover, seed == 12 ? .usual : .swarm, seed: seed)
    #expect(outcome.violations.allSatisfy { $0.oracle == "quiet" }, "\(outcome.text)")
    #expect(outcome.answered > 10)
  }
}
