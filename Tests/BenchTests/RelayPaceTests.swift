import MixNet
import Testing

@testable import hearsay_bench

@Suite struct RelayPaceTests {
  /// What goes by a generator that is woken after each of these times, in microseconds, until so many have gone: when each went.
  private func sent(_ count: Int, rate: Int, naps: (Int) -> UInt64) -> [Instant] {
    let begin = Instant(ns: 1_000_000)
    var (pace, now, times) = (RelayPace(rate: rate, from: begin), begin, [Instant]())
    for turn in 0..<1_000_000 where times.count < count {
      let ready = max(0, pace.ready(at: now, sent: times.count))
      pace.take(ready)
      times += [Instant](repeating: now, count: ready)
      now = now + Nanos(naps(turn) * 1_000)
    }
    return times
  }

  @Test(arguments: [100, 20_000, 60_000])
  func aPunctualGeneratorSendsEachFrameWhenItIsDue(_ rate: Int) {
    let times = sent(2_000, rate: rate) { _ in 70 }
    let pace = RelayPace(rate: rate, from: Instant(ns: 1_000_000))
    #expect(times.count >= 2_000)
    for (number, time) in times.enumerated() {
      #expect(time >= pace.due(number) && time - pace.due(number) <= .us(70), "\(number)")
    }
  }

  @Test func whatIsLateIsMadeUpForAQuarterAboveTheRate() {
    // It is woken five milliseconds late, once: a hundred frames are due by then.
    let times = sent(1_000, rate: 20_000) { $0 == 500 ? 5_000 : 50 }
    let late = times.filter { $0 >= Instant(ns: 1_000_000) + .us(30_000) }
    let soon = late.prefix { $0 - late[0] < .us(1_000) }
    #expect((20...31).contains(soon.count), "twenty are a millisecond's, and a burst of five: \(soon.count)")
    let pace = RelayPace(rate: 20_000, from: Instant(ns: 1_000_000))
    #expect(times[600] - pace.due(600) > .us(2_000), "it is made up for by and by")
    let end = sent(3_000, rate: 20_000) { $0 == 500 ? 5_000 : 50 }[2_999]
    #expect(end - pace.due(2_999) <= .us(50), "and then it is")
  }
}
