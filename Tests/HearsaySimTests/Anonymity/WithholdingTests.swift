import MixHost
import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// Somebody holds back what goes into a mix, as for an n-1 attack: the mix's own loops tell.
struct WithholdingTests {
  private func alarm(_ node: SimNode) -> String? {
    let fields = node.status?.chains.flatMap(\.stages).first { $0.stage == "cover_traffic" }?.fields
    guard case .text(let text) = fields?.first(where: { $0.name == "alarm" })?.value else { return nil }
    return text
  }

  private func wait(_ run: AnonymityRun, seconds: Int, until isDone: () -> Bool) -> Bool {
    for _ in 0..<seconds where !isDone() { run.world.run(for: .s(1)) }
    return isDone()
  }

  /// At one loop a second the alarm rises within 30 s, and ends when packets come through again.
  @Test("fault 28: withheld packets are noticed within 30 s", arguments: 1...5 as ClosedRange<UInt64>)
  func withheldPacketsAreNoticed(seed: UInt64) {
    var settings = AnonymitySettings(seed: seed, rate: 20, meanDelay: .ms(100), targets: 5, crypto: .stub)
    settings.coverPerSecond = 1
    let run = AnonymityRun(settings)
    run.run()
    #expect(run.failures.isEmpty)
    let (first, last) = (run.nodes[0], run.nodes[2])
    #expect(alarm(first) == "none")
    // Loops come home by the last mix.
    run.world.cut(from: last.host, to: first.host)
    #expect(wait(run, seconds: 30) { alarm(first) != "none" })
    run.world.heal()
    #expect(wait(run, seconds: 60) { alarm(first) == "none" })
  }

  /// A mix that spoils what passes through it loses its good name with every mix whose loops pass there (those of its own layer have
  /// none), and nobody else does.
  @Test(arguments: 1...3 as ClosedRange<UInt64>) func whoSpoilsPacketsLosesItsName(seed: UInt64) {
    var settings = AnonymitySettings(seed: seed, rate: 1, width: 3, meanDelay: .ms(100), targets: 5, crypto: .stub)
    settings.coverPerSecond = 1
    settings.keepsScores = true
    let spoiler = 4
    let run = AnonymityRun(settings, tagger: Tagger(), taggedBy: [spoiler])
    #expect(run.attach())
    let name = run.nodes[spoiler].host.name
    var told: Set<Int> = []
    for _ in 0..<60 {
      run.world.run(for: .s(10))
      for node in run.nodes where node.number != spoiler {
        let scores = scores(node)
        #expect(scores.allSatisfy { $0.name == name || $0.score >= 0 }, "\(node.host.name): \(scores)")
        if scores.contains(where: { $0.name == name && $0.score < 0 }) { told.insert(node.number) }
      }
    }
    #expect(told == Set(run.plan.layers[0] + run.plan.layers[2]))
  }

  /// What a mix thinks of others.
  private func scores(_ node: SimNode) -> [(name: String, score: Int)] {
    let fields = node.status?.chains.flatMap(\.stages).first { $0.stage == "reputation" }?.fields ?? []
    return fields.compactMap { field in
      guard field.name.hasPrefix("score "), case .int(let score) = field.value else { return nil }
      return (String(field.name.dropFirst(6)), score)
    }
  }

  /// The same without an attack: ten minutes of loops raise nothing.
  @Test func nobodyIsAccused() {
    var settings = AnonymitySettings(rate: 1, meanDelay: .ms(100), targets: 5, crypto: .stub)
    settings.coverPerSecond = 1
    let run = AnonymityRun(settings)
    run.run()
    run.world.run(for: .s(600))
    let report = AnonymityReport(run)
    #expect(report.loops.back > 1_000)
    #expect(report.loops.alarms == 0)
  }
}
