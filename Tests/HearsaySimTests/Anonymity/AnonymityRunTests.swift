import Foundation
import MixNet
import OrderedJSON
import Testing

@testable import HearsaySim

/// What the real nodes hide, against the closed form.
struct AnonymityRunTests {
  private func report(_ change: (inout AnonymitySettings) -> Void) -> AnonymityReport {
    var settings = AnonymitySettings()
    settings.crypto = .stub
    change(&settings)
    let run = AnonymityRun(settings)
    run.run()
    return AnonymityReport(run)
  }

  /// Where pools hold twenty packets or more the entropy is within 0.15 bit of the closed form, whatever the shape.
  @Test(arguments: [
    (AnonymitySettings.DelayKind.vrf, 100.0, 3, 1, 1_000), (.sphinx, 100, 3, 1, 1_000), (.vrf, 100, 2, 1, 1_000),
    (.vrf, 400, 3, 3, 250), (.vrf, 1_000, 3, 1, 50),
  ])
  func fullPoolsAreLikeTheFormula(
    _ kind: AnonymitySettings.DelayKind, _ rate: Double, _ layers: Int, _ width: Int, _ delay: Int
  ) {
    let report = report {
      ($0.delay, $0.rate, $0.layers, $0.width, $0.meanDelay) = (kind, rate, layers, width, .ms(UInt64(delay)))
    }
    #expect(report.failures.isEmpty)
    #expect(report.poolMean >= 20)
    #expect(abs(report.mean - report.settings.formulaBits) <= 0.15, "\(report.text)")
    #expect(report.sumError < 1e-9)
    // Each message is unwrapped once a layer; some are still on their way at the end.
    #expect(report.unwraps <= report.messages * layers)
    #expect(report.unwraps >= report.delivered * layers)
  }

  /// Another mix stage moves the entropy: of eight that leave together nobody knows which is which.
  @Test func anotherStageMovesIt() throws {
    let text = """
      [chain.onion]
      decode = ["sphinx"]
      verify = ["replay"]
      delay = ["sphinx_delay"]
      mix = ["pool"]
      forward = ["next_hop"]

      [next_hop]
      services = ["sink"]

      [pool]
      strategy = "threshold"
      threshold = 8
      max_latency_ms = 60000
      """
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("chain-\(UUID().uuidString).toml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let chain = try ChainFile(reading: path, crypto: .stub)
    let bare = report { ($0.delay, $0.rate, $0.meanDelay, $0.targets) = (.sphinx, 20, .ms(20), 50) }
    let pooled = report {
      ($0.delay, $0.rate, $0.meanDelay, $0.targets, $0.chain) = (.sphinx, 20, .ms(20), 50, chain)
    }
    #expect(bare.failures.isEmpty && pooled.failures.isEmpty, "\(bare.failures) \(pooled.failures)")
    #expect(pooled.mean > bare.mean + 2 && pooled.sumError < 1e-9, "\(bare.shortText) \(pooled.shortText)")
  }

  /// Empty pools hide far less than the formula says.
  @Test func emptyPoolsHideLittle() {
    let report = report { ($0.rate, $0.width, $0.meanDelay) = (10, 3, .ms(100)) }
    #expect(report.failures.isEmpty)
    #expect(report.mean < report.settings.formulaBits - 0.5)
    #expect((0.9...1.5).contains(report.mean), "\(report.text)")
    #expect(report.sumError < 1e-9)
  }

  /// The same seed does the same, and another one something else; the words of a report make its run again.
  @Test func seeds() throws {
    let (first, second) = (report { $0.targets = 20 }, report { $0.targets = 20 })
    let other = report { ($0.targets, $0.seed) = (20, 2) }
    #expect(first.hash == second.hash)
    #expect(first.entropies == second.entropies)
    #expect(first.hash != other.hash)
    #expect(first.overhead < 0.05)
    var out: [String] = []
    let words = first.settings.words.split(separator: " ").map(String.init) + ["--json"]
    let code = HearsaySimProgram.run(words, program: simulator, out: { out.append($0) }, note: { _ in })
    #expect(code == 0)
    #expect(out.first == first.json.line)
  }

  /// With cover every message arrives and every loop is home, but for those that are on their way at the end.
  @Test func loopsComeHome() {
    let covered = report { ($0.targets, $0.coverPerSecond, $0.meanDelay) = (20, 20, .ms(200)) }
    #expect(covered.failures.isEmpty)
    #expect(covered.loops.back > 20)
    #expect(covered.loops.lost == 0)
    #expect(covered.loops.alarms == 0)
    #expect(covered.overhead > 0.2)
  }

  /// What mixes send of their own changes nothing for an observer who is told which packets those are: neither more nor less is
  /// hidden than without, and nothing of any target ends in a mix. Who is not told knows less where pools are small, and no less than
  /// the closed form says. Both reckon rightly: what they say that they do not know is worth as much to be told.
  @Test(arguments: [(100.0, 1, 200), (10, 3, 100)]) func coverIsLeftAside(_ rate: Double, _ width: Int, _ delay: UInt64)
    throws
  {
    func run(cover: Int) -> AnonymityReport {
      report {
        ($0.rate, $0.width, $0.meanDelay, $0.coverPerSecond, $0.targets) = (rate, width, .ms(delay), cover, 300)
      }
    }
    let (bare, covered) = (run(cover: 0), run(cover: 20))
    #expect(bare.failures.isEmpty)
    #expect(covered.failures.isEmpty)
    #expect(bare.sumError < 1e-9)
    #expect(covered.sumError < 1e-9)
    #expect(bare.coverMade == 0)
    #expect(covered.coverMade > 1_000)
    #expect(abs(covered.mean - bare.mean) < 0.2, "\(bare.shortText) \(covered.shortText)")
    for report in [bare, covered] { #expect(abs(report.surprise - report.mean) < 0.2, "\(report.text)") }
    #expect(bare.untold == nil)
    let untold = try #require(covered.untold)
    #expect(abs(untold.entropy - untold.surprise) < 0.3, "\(covered.text)")
    #expect(abs(untold.entropy - covered.settings.formulaBits) < 0.3, "\(covered.text)")
    if width == 3 { #expect(untold.entropy > covered.mean + 0.8, "\(covered.text)") }
  }

  /// What the observer owns hides nothing: with all mixes corrupt it knows every message, with some less than with none.
  @Test func corruptMixesHideNothing() {
    let some = report { ($0.width, $0.meanDelay, $0.targets, $0.corruptPercent) = (3, .ms(500), 50, 34) }
    let none = report { ($0.width, $0.meanDelay, $0.targets) = (3, .ms(500), 50) }
    let all = report { ($0.width, $0.meanDelay, $0.targets, $0.corruptPercent) = (3, .ms(500), 50, 100) }
    #expect([some, none, all].allSatisfy { $0.failures.isEmpty && $0.sumError < 1e-9 })
    #expect(some.mean < none.mean - 0.2)
    #expect(all.mean == 0)
  }

  /// With real cryptography the nodes hide as much.
  @Test func realPacketsHideAsMuch() {
    let report = report { ($0.crypto, $0.rate, $0.meanDelay, $0.targets) = (.real, 200, .ms(200), 50) }
    #expect(report.failures.isEmpty)
    #expect(abs(report.mean - report.settings.formulaBits) <= 0.15, "\(report.text)")
  }
}
