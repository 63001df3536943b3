import SimNet
import Testing

@testable import HearsaySim

/// Whole networks with the stand-in.
@Suite struct StubRunTests {
  private func outcome(_ faults: [FaultFamily], seconds: Int = 12) -> Outcome {
    SimRun(RunSettings(seed: 11, nodes: 6, seconds: seconds, faults: .named(faults), crypto: .stub)).run()
  }

  @Test func inAQuietWorldEverythingArrives() {
    let outcome = outcome([])
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(outcome.messages > 300 && outcome.frames.served >= outcome.messages)
    #expect(outcome.answered == outcome.asked && outcome.frames.dropped.isEmpty)
    #expect(outcome.settings.words.contains(" --crypto stub"))
  }

  @Test func flippedBitsAreFound() {
    let run = SimRun(RunSettings(seed: 12, nodes: 6, seconds: 40, faults: .named([.flip]), crypto: .stub))
    run.world.faults[.flip] = .percent(1)
    let outcome = run.run()
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    let reasons = outcome.frames.dropped.map(\.reason)
    #expect(reasons.contains("bad_mac") && reasons.contains("bad_payload"), "\(outcome.text)")
  }

  /// Both kinds of packets take the same ways: a quiet world has the same turns but for the sizes of handshakes.
  @Test func bothKindsOfCryptographySendAlike() {
    let both = CryptoKind.allCases.map {
      SimRun(RunSettings(seed: 11, nodes: 6, seconds: 8, faults: .named([]), crypto: $0)).run()
    }
    #expect(both[0].messages == both[1].messages || abs(both[0].messages - both[1].messages) < 20)
    #expect(both.allSatisfy { $0.answered == $0.asked })
  }

  /// A sweep of many runs needs no more memory than one.
  @Test(arguments: [nil, Scenario.demo])
  func aRunLeavesNothingBehind(_ scenario: Scenario?) {
    var settings = RunSettings(
      seed: 13, nodes: 3, seconds: 4, faults: .named([.crash]), adversaries: AdversaryKind.all, crypto: .stub)
    settings.scenario = scenario
    var run: SimRun? = SimRun(settings)
    _ = run?.run()
    weak let world = run?.world
    weak let host = run?.world.hosts.last
    #expect(world != nil && host != nil)
    run = nil
    #expect(world == nil && host == nil)
  }

  /// What a killed process had is given back: a long run with many crashes needs no more memory than a short one.
  @Test func aKilledProcessLeavesNothingBehind() throws {
    let run = SimRun(RunSettings(seed: 13, nodes: 3, seconds: 4, faults: .named([]), crypto: .stub))
    _ = run.run()
    let node = run.nodes[0]
    weak let side = node.process.flatMap { Mirror(reflecting: $0.workers[0]).descendant("sides", 0) as AnyObject? }
    #expect(side != nil)
    node.host.crash(.killed)
    node.bury()
    #expect(side == nil)
  }
}
