import Foundation
import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// Whole networks whose mixes send cover, on Poisson clocks and at a constant rate, behind a pool, in a world with and without faults.
/// Such a network is never quiet: a run turns the cover off when its clients have said all, and then every rule is asked.
@Suite struct CoverChainTests {
  private static let covers = [
    "drop_interval_ms = 50", "rate = \"adaptive\"\nfloor_per_s = 20",
    "link_interval_ms = 25\nlink_queue_max = 128",
  ]

  private func settings(_ cover: String, _ faults: RunSettings.Faults, seed: UInt64) throws -> RunSettings {
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
    return settings
  }

  private func outcome(_ cover: String, _ faults: RunSettings.Faults, seed: UInt64) throws -> Outcome {
    SimRun(try settings(cover, faults, seed: seed)).run()
  }

  /// There is cover as long as clients send, and none once it is turned off.
  @Test(arguments: covers) func coverEndsWhenItIsTurnedOff(_ cover: String) throws {
    let run = SimRun(try settings(cover, .named([]), seed: 15))
    var made: [Int] = []
    run.looks = [{ run in made.append(run.nodes.reduce(0) { $0 + $1.tally.made }) }]
    let outcome = run.run()
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(zip(made, made.dropFirst()).dropFirst(2).allSatisfy { $0 < $1 }, "\(made)")
    let before = run.nodes.reduce(0) { $0 + $1.tally.made }
    run.world.run(for: .s(5))
    #expect(run.nodes.reduce(0) { $0 + $1.tally.made } == before)
  }

  @Test(arguments: covers)
  func everyMessageIsAnswered(_ cover: String) throws {
    let outcome = try outcome(cover, .named([]), seed: 11)
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(outcome.asked > 100 && outcome.answered == outcome.asked)
  }

  @Test(arguments: covers, [12, 13, 14] as [UInt64])
  func faultsLeaveNothingBehind(_ cover: String, _ seed: UInt64) throws {
    let outcome = try outcome(cover, seed == 12 ? .usual : .swarm, seed: seed)
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(outcome.answered > 10)
  }
}
