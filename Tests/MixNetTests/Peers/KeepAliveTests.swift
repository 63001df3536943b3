import Testing

@testable import MixNet

@Suite struct KeepAliveTests {
  private func at(_ ms: UInt64) -> Instant { Instant(ns: ms * 1_000_000) }

  @Test func aSilentSideIsAskedAndThenTakenForDead() {
    var alive = KeepAlive(KeepAlive.Settings(), asksFirst: true, now: at(0))
    check(alive.step(at(999)) == .rest)
    #expect(alive.next == at(1_000))
    check(alive.step(at(1_000)) == .ping(1))
    check(alive.step(at(2_999)) == .rest)
    #expect(alive.next == at(3_000))
    check(alive.step(at(3_000)) == .dead)
  }

  @Test func bytesOfAnyKindAreASignOfLife() {
    var alive = KeepAlive(KeepAlive.Settings(), asksFirst: true, now: at(0))
    check(alive.step(at(1_000)) == .ping(1))
    alive.heard(at(2_500))
    check(alive.step(at(3_400)) == .rest)
    check(alive.step(at(3_500)) == .ping(2))
    // The answer to the first question is late: it measures nothing, but somebody lives.
    alive.answered(1, at(3_600))
    #expect(alive.roundTrip.count == 0)
    check(alive.step(at(4_599)) == .rest)
    check(alive.step(at(4_600)) == .ping(3))
  }

  @Test func answersMakeTheTimeoutFit() {
    var alive = KeepAlive(KeepAlive.Settings(), asksFirst: true, now: at(0))
    for second in 1...20 as ClosedRange<UInt64> {
      check(alive.step(at(second * 1_100 - 100)) == .ping(second))
      alive.answered(second, at(second * 1_100))
    }
    #expect(alive.roundTrip.smoothed == .ms(100))
    #expect(alive.roundTrip.timeout == .ms(500), "the floor")
    check(alive.step(at(23_000)) == .ping(21))
    check(alive.step(at(23_499)) == .rest)
    check(alive.step(at(23_500)) == .dead)
  }

  /// Two sides of an idle link: one asks, the other answers and needs not ask. When the one falls silent, the other asks soon.
  @Test func ofTwoSidesOneAsks() {
    var opener = KeepAlive(KeepAlive.Settings(), asksFirst: true, now: at(0))
    var other = KeepAlive(KeepAlive.Settings(), asksFirst: false, now: at(0))
    var asked = (0, 0)
    for ms in 1...20_000 as ClosedRange<UInt64> {
      if case .ping(let number) = opener.step(at(ms)) {
        asked.0 += 1
        other.heard(at(ms))
        opener.answered(number, at(ms))
      }
      if case .ping = other.step(at(ms)) { asked.1 += 1 }
    }
    #expect(asked == (20, 0))
    #expect(other.next == at(21_250))
    check(other.step(at(21_249)) == .rest)
    check(other.step(at(21_250)) == .ping(1))
  }

  /// A question that lies behind packets has no answer yet; its round trip counts from when it was asked all the same.
  @Test func aQuestionThatIsUnderWayIsWaitedForAnew() {
    var alive = KeepAlive(KeepAlive.Settings(), asksFirst: true, now: at(0))
    check(alive.step(at(1_000)) == .ping(1))
    check(alive.step(at(3_000)) == .dead)
    alive.waitAnew(at(3_000))
    check(alive.step(at(4_999)) == .rest)
    #expect(alive.next == at(5_000))
    check(alive.step(at(5_000)) == .dead)
    alive.waitAnew(at(5_000))
    alive.answered(1, at(6_000))
    #expect(alive.roundTrip.smoothed == .ms(5_000))
    check(alive.step(at(6_999)) == .rest)
    check(alive.step(at(7_000)) == .ping(2))
  }

  /// Samples and results by hand, from RFC 6298 with alpha 1/8 and beta 1/4.
  @Test func roundTripsAreSmoothed() {
    var trip = RoundTrip(bounds: .zero...Nanos.s(10))
    #expect(trip.timeout == .s(10))
    trip.measured(.ms(80))
    #expect(trip.smoothed == .ms(80))
    #expect(trip.variation == .ms(40))
    #expect(trip.timeout == .ms(240))
    trip.measured(.ms(160))
    #expect(trip.smoothed == .ms(90))
    #expect(trip.variation == .ms(50))
    #expect(trip.timeout == .ms(290))
    #expect(trip.least == .ms(80))
    #expect(trip.most == .ms(160))
    #expect(trip.count == 2)
  }
}
