import MixNet
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
  @Test(arguments: [(100.0, 3, 1, 1_000), (100, 2, 1, 1_000), (400, 3, 3, 250), (1_000, 3, 1, 50)])
  func fullPoolsAreLikeTheFormula(_ rate: Double, _ layers: Int, _ width: Int, _ delay: Int) {
    let report = report {
      ($0.rate, $0.layers, $0.width, $0.meanDelay) = (rate, layers, width, .ms(UInt64(delay)))
    }
    #expect(report.failures.isEmpty)
    #expect(report.poolMean >= 15)
    #expect(abs(report.mean - report.settings.formulaBits) <= 0.15, "\(report.text)")
    #expect(report.sumError < 1e-9)
    // Each message is unwrapped once a layer; some are still on their way at the end.
    #expect(report.unwraps <= report.messages * layers)
    #expect(report.unwraps >= report.delivered * layers)
  }

  /// Empty pools hide far less than the formula says.
  @Test func emptyPoolsHideLittle() {
    let report = report { ($0.rate, $0.width, $0.meanDelay) = (10, 3, .ms(100)) }
    #expect(report.failures.isEmpty)
    #expect(report.mean < report.settings.formulaBits - 0.5)
    #expect(report.sumError < 1e-9)
  }

  /// The same seed does the same, another one something else; cover adds bits, and costs packets.
  @Test func seedsAndCover() {
    let (first, second) = (report { $0.targets = 20 }, report { $0.targets = 20 })
    let other = report { ($0.targets, $0.seed) = (20, 2) }
    let covered = report { ($0.targets, $0.coverPerSecond) = (20, 100) }
    #expect(first.hash == second.hash)
    #expect(first.entropies == second.entropies)
    #expect(first.hash != other.hash)
    #expect(covered.failures.isEmpty)
    #expect(covered.mean > first.mean + 1)
    #expect(covered.overhead > 0.5)
    #expect(first.overhead < 0.05)
    #expect(covered.sumError < 1e-9)
  }

  /// With real cryptography the nodes hide as much.
  @Test func realPacketsHideAsMuch() {
    let report = report { ($0.crypto, $0.rate, $0.meanDelay, $0.targets) = (.real, 200, .ms(200), 50) }
    #expect(report.failures.isEmpty)
    #expect(abs(report.mean - report.settings.formulaBits) <= 0.15, "\(report.text)")
  }
}
