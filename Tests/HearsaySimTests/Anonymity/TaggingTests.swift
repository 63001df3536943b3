import MixNet
import Testing

@testable import HearsaySim

/// Marks that corrupt mixes of the first layer make.
struct TaggingTests {
  private func attack(_ crypto: CryptoKind, trials: Int, seed: UInt64 = 1) -> TaggingRun {
    let settings = AnonymitySettings(
      seed: seed, rate: 200, width: 1, meanDelay: .ms(50), targets: 1, crypto: crypto)
    let run = TaggingRun(settings, trials: trials, among: 10)
    run.attack()
    return run
  }

  /// A bit that is turned over behind the first mix spoils the whole payload: which bit it was cannot be told behind the last one.
  @Test("fault 29: a mark is found again behind the last mix no more often than by chance")
  func aMarkIsNotFoundAgain() {
    let run = attack(.real, trials: 1_000)
    #expect(run.failures.isEmpty)
    #expect(run.trials == 1_000)
    let success = Double(run.found) / Double(run.trials)
    #expect(TaggingRun.chance(trials: 1_000, candidates: 10).contains(success), "\(run.found)")
    // Nothing that was marked is as it was.
    #expect(run.unharmed == 0)
  }

  /// The attack itself works: a payload that is only masked, as the stand-in's is, carries every mark to the end.
  @Test func aMaskedPayloadCarriesTheMark() {
    let run = attack(.stub, trials: 40)
    #expect(run.failures.isEmpty)
    #expect(run.found == 40)
  }
}
