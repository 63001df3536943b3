import MixNet
import Testing

struct PoissonClockTests {
  /// The pauses have the mean that was asked for, and their squares that of an exponential law; all are whole milliseconds.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func pausesAreExponential(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var clock = PoissonClock()
    let start = Instant(ns: 5_000_000)
    var now = start
    clock.setMean(.ms(100), now: now, &random)
    var squares = 0.0
    let count = 20_000
    for _ in 0..<count {
      let next = clock.next
      #expect(next.ns % 1_000_000 == 0)
      let pause = Double((next - now).ns) / 1e6
      squares += pause * pause
      now = next
      let strikes = clock.strikes(now, &random)
      #expect(strikes)
    }
    // Rounding does not add up.
    #expect(abs(Double((now - start).ns) / 1e6 / Double(count) - 100) < 2.5)
    #expect(abs(squares / Double(count) / 20_000 - 1) < 0.08)
  }

  /// A rate above one a millisecond is kept too.
  @Test func manyInAMillisecond() {
    var random = RandomStream(seed: Seed(3))
    var clock = PoissonClock()
    clock.setMean(Nanos(200_000), now: .zero, &random)
    var count = 0
    for ms in UInt64(1)...2_000 {
      while clock.strikes(.zero + .ms(ms), &random) { count += 1 }
    }
    #expect(abs(count - 10_000) < 400)
  }

  /// A machine that sleeps for an hour makes up for nothing: one thing happens, and the pause after it is as long as others are.
  @Test func aPauseIsNoBurst() {
    var random = RandomStream(seed: Seed(9))
    var clock = PoissonClock()
    var now = Instant.zero
    clock.setMean(.ms(100), now: now, &random)
    var (things, pauses) = (0, 0.0)
    for _ in 0..<2_000 {
      now = now + .s(3_600)
      while clock.strikes(now, &random) { things += 1 }
      pauses += Double((clock.next - now).ns) / 1e6
    }
    // One each time, and now and then another one in the same millisecond.
    #expect((2_000...2_060).contains(things))
    #expect(abs(pauses / 2_000 - 100.5) < 10)
  }

  /// Looks that come some milliseconds late cost nothing of the rate.
  @Test func lateLooksKeepTheRate() {
    var random = RandomStream(seed: Seed(9))
    var clock = PoissonClock()
    clock.setMean(.ms(2), now: .zero, &random)
    var count = 0
    for look in UInt64(1)...2_000 {
      while clock.strikes(.zero + .ms(7 * look), &random) { count += 1 }
    }
    #expect(abs(count - 7_000) < 420)
  }

  /// Without a mean nothing happens, and the same mean again draws nothing anew.
  @Test func aClockStandsStill() {
    var random = RandomStream(seed: Seed(1))
    var clock = PoissonClock()
    #expect(clock.next == .never)
    clock.setMean(.s(1), now: .zero, &random)
    let next = clock.next
    clock.setMean(.s(1), now: .zero + .ms(5), &random)
    #expect(clock.next == next)
    clock.setMean(nil, now: .zero, &random)
    let strikes = clock.strikes(.zero + .s(1_000), &random)
    #expect(!strikes)
  }
}
