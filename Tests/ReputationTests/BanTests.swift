import MixHost
import MixNet
import Testing

@testable import Reputation

@Suite struct BanTests {
  /// Credit buys no offence: after a million good things as many bad ones ban as without.
  @Test(arguments: ScoreRules.Preset.allCases) func creditBuysNothing(_ preset: ScoreRules.Preset) {
    for conduct in [Conduct.invalid, .misbehaved, .forged] {
      var ledger = Ledger(preset)
      let without = ledger.timesUntilBan(conduct)
      ledger.tell(.success, 1_000_000, of: 1)
      ledger.book.connect(Ledger.node(1), at: ledger.now)
      #expect(ledger.standing(1) == .trusted)
      #expect(without != nil && ledger.timesUntilBan(conduct, of: 1) == without)
      #expect(ledger.score(1) <= -500)
    }
  }

  /// A ban ends when its time is over and not before, however far the marks have faded; then the score is -250.
  @Test(arguments: ScoreRules.Preset.allCases) func bansLastForTheirTerm(_ preset: ScoreRules.Preset) {
    var ledger = Ledger(preset)
    check(ledger.tell(.forged))
    for _ in 0..<359 {
      ledger.pass(10)
      #expect(ledger.standing() == .banned && ledger.score() <= -500)
    }
    ledger.pass(9)
    #expect(ledger.standing() == .banned)
    ledger.pass(1)
    #expect(ledger.standing() == .warned && ledger.score() == -250)
    ledger.pass(600)
    #expect(-250 < ledger.score() && ledger.score() < 0)
  }

  /// Whoever goes on as before is banned again soon, and for longer each time.
  @Test(arguments: ScoreRules.Preset.allCases) func termsGrow(_ preset: ScoreRules.Preset) {
    var ledger = Ledger(preset)
    let first = ledger.timesUntilBan(.invalid) ?? 0
    for hours in [1, 2, 4, 8, 16, 24, 24, 24] as [UInt64] {
      #expect(ledger.known()?.bannedFor == .s(hours * 3_600))
      ledger.pass(hours * 3_600 - 1)
      #expect(ledger.standing() == .banned)
      ledger.pass(1)
      #expect(ledger.standing() == .warned)
      let again = ledger.timesUntilBan(.invalid) ?? .max
      #expect(0 < again && again < first)
    }
  }

  /// A day after a ban has ended it is forgotten.
  @Test func goodConductIsRewarded() {
    var ledger = Ledger(.full)
    ledger.tell(.forged)
    ledger.pass(3_600 + 86_399)
    #expect(ledger.known() != nil)
    ledger.tell(.forged)
    #expect(ledger.known()?.bannedFor == .s(7_200))
    ledger.pass(7_200 + 86_400)
    ledger.tell(.forged)
    #expect(ledger.known()?.bannedFor == .s(3_600))
  }

  /// What is told of a banned node is counted, and makes neither the ban longer nor the score after it worse.
  @Test(arguments: ScoreRules.Preset.allCases) func bansAreNotMadeLonger(_ preset: ScoreRules.Preset) {
    var ledger = Ledger(preset)
    ledger.tell(.forged)
    ledger.pass(3_599)
    check(!ledger.tell(.forged, 1_000))
    #expect(ledger.known()?.count(.forged) == 1_001)
    ledger.pass(1)
    #expect(ledger.score() == -250)
  }

  /// What nobody could help comes on top of offences, but never in place of them.
  @Test(arguments: ScoreRules.Preset.allCases) func misfortuneAndOffencesAddUp(_ preset: ScoreRules.Preset) {
    var ledger = Ledger(preset)
    let alone = ledger.timesUntilBan(.invalid) ?? 0
    ledger.tell(.failure, 1_000, of: 1)
    check(!ledger.tell(.withheld, 1_000, of: 1))
    let after = ledger.timesUntilBan(.invalid, of: 1) ?? 0
    #expect(1 < after && after < alone)
  }
}
