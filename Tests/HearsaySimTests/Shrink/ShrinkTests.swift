import SimNet
import Testing

@testable import HearsaySim

/// A failing run becomes smaller as long as it breaks the same rule.
@Suite struct ShrinkTests {
  private static let first = RunSettings(seed: 77, nodes: 24, seconds: 64, faults: .usual)

  /// A rule that breaks whenever `isBroken` says so.
  private func shrink(
    _ first: RunSettings = first, runsMax: Int = 200, _ isBroken: @escaping (RunSettings) -> Bool
  ) -> (found: Shrinker.Found?, notes: [String]) {
    var notes: [String] = []
    let run = { (settings: RunSettings) in
      isBroken(settings) ? [Violation(oracle: "test", what: "\(settings.nodes)")] : []
    }
    let found = Shrinker(runsMax: runsMax, run: run) { notes.append($0) }.shrink(first)
    return (found, notes)
  }

  @Test func whatDoesNotFailIsNotShrunk() {
    #expect(shrink { _ in false }.found == nil)
  }

  @Test func whatAlwaysFailsBecomesAsSmallAsCanBe() throws {
    let found = try #require(shrink { _ in true }.found)
    #expect(found.settings.words.hasPrefix("run --seed 77 --nodes 3 --seconds 4 --faults none --crypto stub"))
  }

  @Test func onlyWhatMattersStays() throws {
    let found = try #require(
      shrink { settings in
        settings.nodes >= 6 && settings.seconds > 10 && settings.plan[.crash] > .never && settings.plan[.loss] > .never
      }.found)
    #expect(found.settings.plan.families == [.loss, .crash])
    #expect(found.settings.nodes == 6 && (11...14).contains(found.settings.seconds))
    #expect(found.violations.map(\.what) == ["6"])
  }

  @Test func anotherRuleIsNotTheSameFailure() throws {
    let run = { (settings: RunSettings) in
      [Violation(oracle: settings.nodes == 24 ? "first" : "other", what: "")]
    }
    let found = try #require(Shrinker(run: run, note: { _ in }).shrink(Self.first))
    #expect(found.settings.nodes == 24 && found.settings.seconds == 4)
  }

  @Test func aSwarmKeepsItsRates() throws {
    var first = Self.first
    first.faults = .swarm
    let on = first.plan.families
    let kept = try #require(on.last)
    let found = try #require(shrink(first) { $0.plan[kept] > .never }.found)
    #expect(found.settings.plan.families == [kept])
    #expect(found.settings.plan[kept] == first.plan[kept])
  }

  @Test func oneOfTwoAdversariesOfAKindMayGo() throws {
    var first = Self.first
    first.adversaries = [.sybil, .flood, .sybil, .sybil]
    let found = try #require(shrink(first) { $0.attackers.count { $0.name == "sybil" } >= 2 }.found)
    #expect(found.settings.attackers.map(\.name) == ["sybil", "sybil"])
  }

  @Test func runsAreBounded() throws {
    let (found, notes) = shrink(runsMax: 5) { _ in true }
    #expect(found?.runs == 5)
    #expect(notes.count == 5)
  }

  /// What could be left out altogether does not come back in part.
  @Test func conversationsThatDoNotMatterAreGone() throws {
    var first = Self.first
    first.conversations = 8
    #expect(try #require(shrink(first) { _ in true }.found).settings.talkPairs == 0)
    #expect(try #require(shrink(first) { $0.talkPairs >= 3 }.found).settings.talkPairs == 4)
  }

  /// What a swarm has drawn of links and limits goes too where it does not matter, and stays where it does.
  @Test func linksAndLimitsAreShrunk() throws {
    let number = try #require(
      (1...50 as ClosedRange<UInt64>).first {
        let settings = RunSettings(seed: $0, faults: .swarm)
        return settings.variety != nil && settings.hasLimits
      })
    let first = RunSettings(seed: number, nodes: 12, seconds: 16, faults: .swarm)
    let least = try #require(shrink(first) { _ in true }.found).settings
    #expect(least.variety == nil && !least.hasLimits)
    let varied = try #require(shrink(first) { $0.variety != nil }.found).settings
    #expect(varied.variety == first.variety && !varied.hasLimits)
    let limited = try #require(shrink(first) { $0.hasLimits }.found).settings
    #expect(limited.variety == nil && limited.nodeLimits == Array(first.nodeLimits.prefix(limited.nodes)))
  }

  /// With whole networks, and a look that takes every crash for a fault.
  @Test func aWholeNetworkIsShrunk() throws {
    let first = RunSettings(seed: 5, nodes: 6, seconds: 24, faults: .named([.segment, .crash, .pause]), crypto: .stub)
    let run = { (settings: RunSettings) in
      let run = SimRun(settings)
      run.world.faults[.crash] = settings.plan[.crash] > .never ? .percent(20) : .never
      run.looks = [{ if $0.world.struck[.crash] > 0 { $0.ledger.violate("test", "somebody died") } }]
      return run.run().violations
    }
    let found = try #require(Shrinker(run: run, note: { _ in }).shrink(first))
    #expect(found.settings.plan.families == [.crash])
    #expect(found.settings.seconds < 24)
    #expect(run(found.settings).contains { $0.oracle == "test" })
  }

  @Test func theCommandPrintsTheSmallestRun() {
    var (out, notes): ([String], [String]) = ([], [])
    let words = "shrink --seed 1 --nodes 6 --seconds 8 --faults wipe --crypto stub --json".split(separator: " ")
    let code = HearsaySimProgram.run(
      words.map(String.init), program: simulator, out: { out.append($0) }, note: { notes.append($0) })
    #expect(code == 1)
    #expect(out.count == 1 && notes.count > 3)
    #expect(out.joined().contains("hearsay-sim run --seed 1 --nodes 3 --seconds 4"))
    #expect(HearsaySimProgram.run(["shrink", "--seed", "x"], program: simulator, out: { _ in }, note: { _ in }) == 2)
  }
}
