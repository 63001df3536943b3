import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// Honest traffic goes on whoever means harm, and what they do is counted.
@Suite struct AdversaryTests {
  private func outcome(_ names: [String], faults: [FaultFamily] = []) -> Outcome {
    let kinds = AdversaryKind.all.filter { names.contains($0.name) }
    return SimRun(
      RunSettings(
        seed: 21, nodes: 6, seconds: 24, faults: .named(faults), adversaries: kinds, crypto: .stub)
    ).run()
  }

  private static let traces: [(name: String, reasons: [String])] = [
    ("replay", ["replayed"]), ("flood", ["bad_mac"]), ("tamper", ["bad_mac", "replayed"]),
    ("oversize", ["malformed"]), ("slowloris", ["expired"]), ("sybil", ["links_per_netgroup_max"]),
    ("eclipse", ["links_per_netgroup_max"]),
  ]

  @Test(arguments: traces.indices)
  func eachLeavesItsTraceAndNothingElse(_ place: Int) {
    let (name, reasons) = Self.traces[place]
    let outcome = outcome([name])
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    let frames = outcome.frames
    let counted = (frames.dropped + frames.givenUp + frames.refused).map(\.reason)
    for reason in reasons { #expect(counted.contains(reason), "\(outcome.text)") }
    #expect(outcome.adversaries.map(\.kind.name) == [name] && outcome.adversaries[0].sum > 200)
    // A damaged copy may overtake the packet that it was made of; else all is answered.
    #expect(outcome.asked - outcome.answered <= (name == "tamper" ? 5 : 0), "\(outcome.text)")
    #expect(outcome.newcomer < Newcomer.bound)
  }

  @Test func allAtOnceWithFaults() {
    let outcome = outcome(AdversaryKind.all.map(\.name), faults: [.loss, .close, .crash, .partial])
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(outcome.adversaries.count == AdversaryKind.all.count)
  }

  /// An adversary against which nothing helps: it cuts the way of all strangers. The oracle must see it.
  @Test func aShutDoorIsSeen() {
    let run = SimRun(RunSettings(seed: 3, nodes: 3, seconds: 4, faults: .named([]), crypto: .stub))
    _ = run.run()
    for node in run.nodes { node.host.pause(for: .s(100)) }
    Newcomer(run).check()
    #expect(run.ledger.violations.map(\.oracle) == ["newcomer"])
  }

  /// Who has a few netgroups can take all places for handshakes, and loses them to whoever comes next.
  @Test func aFewNetgroupsDoNotShutTheDoor() {
    let three: [AdversaryKind] = [.slowloris, .slowloris, .slowloris]
    let outcomes = ([1, 2, 4, 5] as [UInt64]).map {
      SimRun(
        RunSettings(seed: $0, nodes: 9, seconds: 16, faults: .named([]), adversaries: three, crypto: .stub)
      ).run()
    }
    for outcome in outcomes { #expect(outcome.violations.isEmpty, "\(outcome.text)") }
    #expect(outcomes[0].settings.words.contains("--adversaries slowloris,slowloris,slowloris"))
  }

  /// What nobody has counted is seen.
  @Test func harmThatNobodyCountsIsSeen() {
    let silent = AdversaryKind("silent", summary: "", hosts: 1, leaves: ["tags_full"]) { Idler($0) }
    let settings = RunSettings(
      seed: 3, nodes: 3, seconds: 4, faults: .named([]), adversaries: [silent], crypto: .stub)
    #expect(SimRun(settings).run().violations.map(\.oracle) == ["adversaries"])
  }

  private final class Idler: Adversary {
    private let clock: any Clock
    init(_ post: AdversaryPost) { clock = post.environment.clock }
    func turn() -> Instant { clock.now + .s(1) }
    var deeds: [(name: String, count: Int)] { [("thoughts", 1_000)] }
  }
}
