import MixHost
import MixNet
import Testing

@testable import Reputation

/// The simple preset, by hand.
struct SimpleRulesTests {
  @Test func pointsAreAddedUp() {
    var ledger = Ledger(.simple)
    #expect(ledger.score() == 0 && ledger.standing() == .neutral && ledger.known() == nil)
    ledger.tell(.success, 3)
    #expect(ledger.score() == 3)
    ledger.tell(.failure)
    #expect(ledger.score() == -2)
    ledger.tell(.invalid)
    #expect(ledger.score() == -22)
    ledger.tell(.invalid, 4)
    #expect(ledger.score() == -102 && ledger.standing() == .warned)
    ledger.tell(.success, 202)
    #expect(ledger.score() == 100 && ledger.standing() == .trusted)
    ledger.tell(.success, 5_000)
    #expect(ledger.score() == 1_000)
  }

  /// Ten points in ten minutes: towards zero, and no further.
  @Test func decayEndsAtZero() {
    var ledger = Ledger(.simple)
    ledger.tell(.success, 25)
    ledger.tell(.invalid, 2, of: 1)
    ledger.tell(.failure, 1, of: 2)
    ledger.pass(599)
    #expect(ledger.score() == 25 && ledger.score(1) == -40 && ledger.score(2) == -5)
    ledger.pass(1)
    #expect(ledger.score() == 15 && ledger.score(1) == -30 && ledger.score(2) == 0)
    ledger.pass(1_200)
    #expect(ledger.score() == 0 && ledger.score(1) == -10 && ledger.score(2) == 0)
    ledger.pass(600)
    #expect(ledger.score() == 0 && ledger.score(1) == 0)
    ledger.tell(.success)
    #expect(ledger.score() == 1)
  }

  /// Looking at a score in between changes nothing, nor does telling something else.
  @Test func whatIsToldBetweenDoesNotShiftTheDecay() {
    var ledger = Ledger(.simple)
    ledger.tell(.invalid, 5)
    for _ in 0..<6 {
      ledger.pass(99)
      ledger.tell(.success)
    }
    #expect(ledger.score() == -94)
    ledger.pass(6)
    #expect(ledger.score() == -84)
  }

  @Test func offencesBan() {
    var ledger = Ledger(.simple)
    #expect(ledger.timesUntilBan(.invalid) == 25)
    #expect(ledger.score() == -500 && ledger.standing() == .banned)
    #expect(ledger.timesUntilBan(.misbehaved, of: 1) == 25)
    #expect(ledger.timesUntilBan(.forged, of: 2) == 1)
  }

  /// Slow nodes are no enemies, however slow.
  @Test func misfortuneNeverBans() {
    var ledger = Ledger(.simple)
    for _ in 0..<5_000 {
      ledger.tell(.failure)
      ledger.tell(.withheld)
      ledger.pass(1)
    }
    #expect(ledger.standing() == .warned)
    #expect(ledger.score() == -250)
    ledger.tell(.failure, 100_000, of: 1)
    #expect(ledger.score(1) == -250)
  }
}
