import MixHost
import MixNet
import Testing

@testable import Reputation

/// The full preset, part by part, by hand.
struct FullRulesTests {
  /// P1: a point a minute while it is connected, at most 60.
  @Test func timeTogetherIsCredit() {
    var ledger = Ledger(.full)
    ledger.book.connect(Ledger.node(0), at: ledger.now)
    ledger.pass(600)
    #expect(ledger.score() == 9)
    ledger.pass(3_000)
    #expect(ledger.score() == 43)
    ledger.pass(7 * 86_400)
    #expect(ledger.score() == 60)
    ledger.book.disconnect(Ledger.node(0), at: ledger.now)
    #expect(ledger.score() == 60)
    ledger.pass(3_600)
    #expect(ledger.score() == 30)
  }

  /// P2: a fifth of a point for each, at most 140; half of it goes in ten minutes.
  @Test func successesAreCredit() {
    var ledger = Ledger(.full)
    ledger.tell(.success, 10)
    #expect(ledger.score() == 2)
    ledger.tell(.success, 1_000_000)
    #expect(ledger.score() == 140 && ledger.standing() == .trusted)
    ledger.pass(600)
    #expect(ledger.score() == 70)
    ledger.pass(600)
    #expect(ledger.score() == 35)
  }

  /// P3: each report is a tenth of the packets, whose percentage counts by its square; at most 150.
  @Test func withheldPacketsCountByTheirSquare() {
    var ledger = Ledger(.full)
    ledger.tell(.withheld)
    #expect(ledger.score() == -1)
    ledger.tell(.withheld, 4)
    #expect(ledger.score() == -25)
    ledger.tell(.withheld, 5)
    #expect(ledger.score() == -100 && ledger.standing() == .warned)
    ledger.tell(.withheld, 1_000)
    #expect(ledger.score() == -150)
    ledger.pass(300)
    #expect(ledger.score() == -42)
  }

  /// P4: twenty times the square. A fifth of it bans.
  @Test func invalidThingsCountByTheirSquare() {
    var ledger = Ledger(.full)
    for expected in [-20, -80, -180, -320] {
      ledger.tell(.invalid)
      #expect(ledger.score() == expected)
    }
    check(ledger.tell(.invalid))
    #expect(ledger.score() == -500 && ledger.standing() == .banned)
    ledger.tell(.invalid, 4, of: 1)
    ledger.pass(600)
    #expect(ledger.score(1) == -80)
  }

  /// P4: what is forged bans at once.
  @Test func forgeryBansAtOnce() {
    var ledger = Ledger(.full)
    check(ledger.tell(.forged))
    #expect(ledger.standing() == .banned)
  }

  /// P5 and P6 move the score, and ban nobody: what others think, and who lives where, is nobody's conduct.
  @Test func opinionsAndCrowdsMoveTheScore() {
    var ledger = Ledger(.full)
    ledger.book.setOpinion(40, of: Ledger.node(0), at: ledger.now)
    #expect(ledger.score() == 40)
    ledger.book.setOpinion(-1_000, of: Ledger.node(0), at: ledger.now)
    #expect(ledger.score() == -300)
    ledger.book.setCrowd(8, of: Ledger.node(1), at: ledger.now)
    #expect(ledger.score(1) == 0)
    ledger.book.setCrowd(10, of: Ledger.node(1), at: ledger.now)
    #expect(ledger.score(1) == -80)
    ledger.book.setCrowd(.max, of: Ledger.node(0), at: ledger.now)
    #expect(ledger.score() == -800 && ledger.standing() == .warned)
  }

  /// P7: the first two are free, the others count five times their square.
  @Test func brokenRulesCountByTheirSquare() {
    var ledger = Ledger(.full)
    ledger.tell(.misbehaved, 2)
    #expect(ledger.score() == 0)
    ledger.tell(.misbehaved)
    #expect(ledger.score() == -5)
    ledger.tell(.misbehaved)
    #expect(ledger.score() == -20)
    #expect(ledger.timesUntilBan(.misbehaved) == 8)
  }

  /// P8: two points each, at most 100.
  @Test func failuresCountLittle() {
    var ledger = Ledger(.full)
    ledger.tell(.failure, 10)
    #expect(ledger.score() == -20)
    ledger.tell(.failure, 100_000)
    #expect(ledger.score() == -100)
    ledger.tell(.withheld, 100_000)
    #expect(ledger.score() == -250 && ledger.standing() == .warned)
    ledger.pass(300)
    #expect(ledger.score() == -92)
  }

  /// Somebody who is told of a thousand times a second forgets as fast as somebody who is told of nothing.
  @Test func manyReportsDoNotStopTheClock() {
    var (busy, quiet) = (FullTally(at: BookTime(ns: 0)), FullTally(at: BookTime(ns: 0)))
    busy.add(.invalid, at: BookTime(ns: 0))
    quiet.add(.invalid, at: BookTime(ns: 0))
    for ms in 1...600_000 as ClosedRange<UInt64> { busy.add(.success, at: BookTime(ns: 0) + .ms(ms)) }
    quiet.decay(to: BookTime(ns: 0) + .s(600))
    #expect(abs(Int(busy.amounts[3]) - Int(quiet.amounts[3])) < Int(FullTally.one) / 100)
    #expect(abs(Int(quiet.amounts[3]) - Int(FullTally.one) / 2) < Int(FullTally.one) / 1_000)
  }

  /// Below a hundredth nothing is left.
  @Test func amountsEnd() {
    var tally = FullTally(at: BookTime(ns: 0))
    tally.add(.invalid, at: BookTime(ns: 0))
    tally.decay(to: BookTime(ns: 0) + .s(600 * 6))
    #expect(tally.amounts[3] == FullTally.one / 64)
    tally.decay(to: BookTime(ns: 0) + .s(600 * 7))
    #expect(tally.amounts[3] == 0)
  }
}
