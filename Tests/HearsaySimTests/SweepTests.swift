import Testing

@testable import HearsaySim

/// A sweep is clean, shows what it is expected to show, and fails when it does not.
@Suite(.enabled("the probes are not built") { SimProbes.areBuilt })
struct SweepTests {
  private func run(_ words: String) -> (code: Int32, out: [String]) {
    var out: [String] = []
    let words = words.split(separator: " ").map(String.init)
    let code = HearsaySimProgram.run(words, program: simulator, out: { out.append($0) }, note: { out.append($0) })
    return (code, out)
  }

  /// What every change must pass: many small worlds, and every point that is not seldom.
  @Test func aSmallSweepShowsWhatIsOften() {
    let (code, out) = run("sweep --seeds 1..40 --swarm --nodes 6 --seconds 10")
    #expect(code == 0, "\(out.suffix(3).joined(separator: "\n"))")
    #expect(out.last?.contains("VIOLATION") == false)
  }

  @Test func aPointThatNeverFiredFailsTheSweep() {
    let (code, out) = run("sweep --seeds 1..2 --swarm --nodes 3 --seconds 4 --expect all")
    #expect(code == 1)
    #expect(out.last?.contains("2 seeds, 0 failed") == true)
    #expect(out.last?.contains("VIOLATION  buggify: '") == true)
    #expect(out.last?.contains("VIOLATION  sometimes: 'backoff.capped' never fired") == true)
    let (jsonCode, json) = run("sweep --seeds 1..2 --swarm --nodes 3 --seconds 4 --expect all --json")
    #expect(jsonCode == 1)
    #expect(json.last?.contains("\"expected\":\"all\",\"never\":[\"") == true)
    #expect(json.last?.contains("\"backoff.capped\":0") == true)
  }

  @Test(arguments: [
    ("--seeds 1..40 --swarm", "often"), ("--seeds 1..39 --swarm", "none"),
    ("--seeds 1..200 --buggify", "all"), ("--seeds 1..200", "none"),
    ("--seeds 1..200 --faults loss", "none"), ("--seeds 1..200 --swarm --no-buggify", "none"),
    ("--seeds 1..200 --swarm --crypto stub", "all"),
    ("--seeds 1..2 --expect often", "often"), ("--seeds 1..200 --expect none", "none"),
  ])
  func whatIsExpectedFollowsFromTheWords(_ text: String, _ expected: String) throws {
    let words = try Words(
      text.split(separator: " ").map(String.init), options: ["seeds", "expect"] + RunSettings.options,
      switches: RunSettings.switches)
    let seeds = try SweepCommand.seeds(words.value("seeds") ?? "")
    let expectation = try Expectation(words, seeds: seeds.count, RunSettings(words, seed: 1))
    #expect(expectation.rawValue == expected)
  }
}
