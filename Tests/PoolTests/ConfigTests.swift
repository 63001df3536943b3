import MixHost
import MixHostTesting
import MixNet
import Relay
import Testing

@testable import Pool

/// What an operator is told about a pool's table.
@Suite struct ConfigTests {
  private func load(_ text: String, mix: String = "pool", plugin: Plugin = .pool) -> [String] {
    let chain =
      "[chain.a]\ndecode = [\"plain\"]\nforward = [\"circuit\"]\nmix = [\"\(mix)\"]\n[circuit]\ntype = \"exit\"\n"
    let file = ConfigFile(text: chain + text)
    let loader = NodeLoader(
      registry: Registry([.relay, plugin]), files: MemoryFiles(), wall: WallTime(ns: 0), base: "",
      directory: { _ in .failure(BuildError("there is no network file")) })
    _ = loader.load(file)
    return file.mistakes.map(\.description)
  }

  @Test(arguments: Sample.allCases)
  func everyStrategyIsChosenByItsName(_ sample: Sample) { #expect(load("[pool]\n\(sample.config)") == []) }

  @Test func aMistakeIsShownWithItsPlace() {
    #expect(
      load("[pool]\nstrategy = \"timd\"") == [
        "plugins.toml:8:12: 'strategy' must be one of: adaptive, timed, threshold, threshold_or_timed, timed_pool, "
          + "binomial; found \"timd\"; did you mean 'timed'?"
      ])
    #expect(
      load("[pool]\nstrategy = \"timed\"\ninterval_ms = 0\nheld_max = 0\nmax_latency_ms = \"1 s\"") == [
        "plugins.toml:9:15: 'interval_ms' must be an integer in 1...600000; found 0",
        "plugins.toml:10:12: 'held_max' must be an integer in 1...1048576; found 0",
        "plugins.toml:11:18: 'max_latency_ms' must be an integer in 1...600000; found \"1 s\"",
      ])
  }

  /// Each value is in its range, but they do not go together.
  @Test(arguments: [
    (
      "strategy = \"timed\"\ninterval_ms = 501", "9:15: 'interval_ms' must be at most 'max_latency_ms', 500; found 501"
    ),
    (
      "strategy = \"threshold\"\nthreshold = 5000", "9:13: 'threshold' must be at most 'held_max', 4096; found 5000"
    ),
    ("strategy = \"timed_pool\"\nkeep = 5000", "9:8: 'keep' must be at most 'held_max', 4096; found 5000"),
    ("strategy = \"binomial\"\nmean = 5000", "9:8: 'mean' must be at most 'held_max', 4096; found 5000"),
    ("min_batch = 101", "8:13: 'min_batch' must be at most 'max_batch', 100; found 101"),
    (
      "class_2_max_latency_ms = 501", "8:26: 'class_2_max_latency_ms' must be at most 'max_latency_ms', 500; found 501"
    ),
  ])
  func whatDoesNotGoTogetherIsFound(_ text: String, _ mistake: String) {
    #expect(load("[pool]\n" + text) == ["plugins.toml:" + mistake])
  }

  /// A strategy takes its own keys and no other's.
  @Test func anotherStrategysKeyIsAMistake() {
    let found = load("[pool]\nstrategy = \"timed\"\nkeep = 5")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("plugins.toml:9:1: stage 'pool' has no key 'keep'") == true)
    let curve = load("[pool]\nstrategy = \"binomial\"\ncurve = \"cottrell\"\nmean = 5")
    #expect(curve.first?.hasPrefix("plugins.toml:10:1: stage 'pool' has no key 'mean'") == true)
  }

  /// `[pool.slow]` lies over `[pool]`.
  @Test func aNamedPoolHasATableOfItsOwn() {
    let text = "[pool]\nstrategy = \"timed\"\n[pool.slow]\nstrategy = \"timed_pool\"\nkeep = 3\ninterval_ms = 700\n"
    #expect(
      load(text, mix: "pool/slow") == [
        "plugins.toml:12:15: 'interval_ms' must be at most 'max_latency_ms', 500; found 700"
      ])
    #expect(load(text + "max_latency_ms = 2_000", mix: "pool/slow") == [])
  }

  /// A program's own strategy stands among the others, and may take the place of one.
  @Test func aStrategyCanBeAdded() {
    let own = PoolKind("never", summary: "waits for the limit: patience") { table, _ in
      FlushStrategy(threshold: table.int("patience", default: 9, in: 1...10, "how much of it"), rounds: nil)
    }
    #expect(load("[pool]\nstrategy = \"never\"\npatience = 3", plugin: .pool(adding: [own])) == [])
    #expect(
      load("[pool]\nstrategy = \"never\"\npatience = 30", plugin: .pool(adding: [own])) == [
        "plugins.toml:9:12: 'patience' must be an integer in 1...10; found 30"
      ])
    #expect(load("[pool]\nstrategy = \"never\"").count == 1)
    let other = PoolKind("timed", summary: "another") { _, _ in FlushStrategy(threshold: 1, rounds: nil) }
    #expect(load("[pool]\nstrategy = \"timed\"\ninterval_ms = 3", plugin: .pool(adding: [other])).count == 1)
  }

  /// The pool never takes more than half of the chain's packets, so that others can still come in.
  @Test func aSmallChainHasASmallPool() throws {
    let packets = (0..<300).map { SamplePacket([UInt8](repeating: 1, count: 40), link: $0) }
    let conformance = StageConformance(.pool, config: "[pool]\nstrategy = \"threshold\"\nthreshold = 4_000")
    let fates = try conformance.fates(of: packets).packets
    // The kit's chain has 512 packets.
    #expect(fates.count { $0.links == [StageConformance.end] } == 300 - 256)
    #expect(fates.count { $0.links.isEmpty && $0.dropReason == nil } == 256)
  }
}
