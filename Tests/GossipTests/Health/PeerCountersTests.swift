import CMallocCount
import Foundation
import Gossip
import MixNet
import Synchronization
import Testing

/// What is counted, and that it costs nothing.
struct PeerCountersTests {
  private func time(_ ms: UInt64) -> Instant { Instant(ns: 7_000_000_000) + .ms(ms) }

  @Test func countsAreWhatWasCounted() {
    let counters = PeerCounters(now: time(0))
    for (traffic, count) in zip(PeerCounters.Traffic.allCases, [5, 4, 3, 2]) {
      for number in 0..<count { counters.count(traffic, bytes: 100 + number, now: time(0)) }
    }
    for _ in 0..<3 { counters.count(.opened) }
    counters.count(.closed)
    counters.count(PeerCounters.Connection.failed)
    let all = counters.snapshot(time(2_000))
    #expect([all.sent.messages, all.received.messages, all.failed.messages, all.dropped.messages] == [5, 4, 3, 2])
    #expect([all.sent.bytes, all.received.bytes, all.failed.bytes, all.dropped.bytes] == [510, 406, 303, 201])
    #expect([all.opened, all.closed, all.failedToOpen, all.active] == [3, 1, 1, 2])
    #expect(all.span == .s(2))
    #expect(all.successRate == 5.0 / 8)
    #expect(all.latency == .zero)
    #expect(all.latencySamples == 0)
  }

  @Test func nothingIsNoSuccess() {
    let all = PeerCounters(now: time(0)).snapshot(time(5))
    #expect(all.successRate == nil)
    #expect(all.recentSuccessRate == nil)
    #expect([all.sentRate.messages, all.sentRate.bytes] == [0, 0])
  }

  @Test func theLatencyIsSmoothed() {
    let counters = PeerCounters(now: time(0))
    var averages: [Nanos] = []
    for ms in [80, 160, 80, 800] as [UInt64] {
      counters.answered(after: .ms(ms))
      averages.append(counters.snapshot(time(0)).latency)
    }
    #expect(averages == [.ms(80), .ms(90), .us(88_750), .us(177_656) + Nanos(250)])
    let all = counters.snapshot(time(0))
    #expect(all.latencyMax == .ms(800))
    #expect(all.latencySamples == 4)
    // It comes to what it is in the end.
    for _ in 0..<200 { counters.answered(after: .ms(30)) }
    let off = counters.snapshot(time(0)).latency - .ms(30)
    #expect(off < .us(1))
    counters.answered(after: Nanos(.max))
    #expect(counters.snapshot(time(0)).latencyMax == Nanos(.max))
  }

  @Test func settingBack() {
    let counters = PeerCounters(now: time(0))
    counters.count(.opened)
    counters.count(.opened)
    for _ in 0..<4 { counters.count(.sent, bytes: 50, now: time(500)) }
    counters.answered(after: .s(3))
    counters.reset(time(1_000))
    let none = counters.snapshot(time(1_500))
    #expect([none.sent.messages, none.sent.bytes, none.opened, none.closed, none.latencySamples] == [0, 0, 0, 0, 0])
    #expect([none.latency, none.latencyMax, none.span] == [.zero, .zero, .ms(500)])
    // Two are open still, and the last seconds were what they were.
    #expect(none.active == 2)
    #expect(none.sentRate.messages == 4 / 1.5)
    counters.count(.closed)
    counters.count(.sent, bytes: 7, now: time(1_500))
    counters.answered(after: .ms(10))
    let some = counters.snapshot(time(1_600))
    #expect([some.sent.messages, some.sent.bytes, some.closed, some.active] == [1, 7, 1, 1])
    #expect([some.latency, some.latencyMax] == [.ms(10), .ms(10)])
  }

  @Test func ratesOfASteadyFlow() {
    let counters = PeerCounters(now: time(0))
    for ms in 0..<60_000 as Range<UInt64> where ms % 10 == 0 {
      counters.count(.received, bytes: 300, now: time(ms))
      if ms % 100 == 0 { counters.count(.sent, bytes: 20, now: time(ms)) }
      if ms % 200 == 0 { counters.count(PeerCounters.Traffic.failed, bytes: 20, now: time(ms)) }
      guard ms >= 1_000 else { continue }
      let rate = counters.snapshot(time(ms)).receivedRate
      // 100 a second, at every moment.
      #expect(abs(rate.messages - 100) <= 1)
      #expect(abs(rate.bytes - 30_000) <= 300)
    }
    let all = counters.snapshot(time(60_000))
    #expect(abs((all.recentSuccessRate ?? 0) - 2 / 3.0) < 0.01)
    // And then there is nothing any more, for a second, and for ever.
    #expect(abs(counters.snapshot(time(64_500)).receivedRate.messages - 500 / 9.5) < 1)
    #expect(counters.snapshot(time(70_000)).receivedRate.messages == 0)
    #expect(counters.snapshot(time(10_000_000)).receivedRate.messages == 0)
    #expect(counters.snapshot(.never).receivedRate.messages == 0)
  }

  /// Against a list of all that came.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func ratesAreThoseOfTheWindow(_ seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    let counters = PeerCounters(now: time(0))
    var came: [(ms: UInt64, bytes: UInt64)] = []
    var ms: UInt64 = 0
    for _ in 0..<2_000 {
      ms += random.below(random.below(40) == 0 ? 30_000 : 300)
      let bytes = random.below(1 << random.below(40))
      counters.count(.dropped, bytes: Int(bytes), now: time(ms))
      came.append((ms, bytes))
      let begin = ms / 1_000 >= 9 ? (ms / 1_000 - 9) * 1_000 : 0
      let inside = came.filter { $0.ms >= begin }
      let seconds = Double(max(1_000, ms - begin)) / 1_000
      let rate = counters.snapshot(time(ms)).droppedRate
      #expect(abs(rate.messages - Double(inside.count) / seconds) < 1e-6)
      // A second holds 2^36 bytes at most.
      if inside.reduce(0, { $0 + $1.bytes }) < 1 << 36 {
        let expected = Double(inside.reduce(0) { $0 + $1.bytes }) / seconds
        #expect(abs(rate.bytes - expected) <= expected * 1e-9)
      }
      if came.count > 1_000 { came.removeFirst(500) }
    }
  }

  @Test func sizesWithoutSense() {
    let counters = PeerCounters(now: time(0))
    counters.count(.sent, bytes: -1, now: time(0))
    for _ in 0..<3 { counters.count(.sent, bytes: .max, now: .zero) }
    counters.count(.sent, bytes: .max, now: .never)
    // The fifth is alone in the last ten seconds, and is cut down to what one of them holds.
    let all = counters.snapshot(.never)
    #expect(all.sent.messages == 5)
    let seconds = 9 + Double((UInt64.max - time(0).ns) % 1_000_000_000) / 1e9
    #expect(abs(all.sentRate.bytes - Double((1 as UInt64) << 36 - 1) / seconds) < 1e3)
  }

  @Test(.enabled(if: malloc_count_works() != 0))
  func countingTakesNothingFromTheHeap() {
    let counters = PeerCounters(now: time(0))
    var sum: UInt64 = 0
    let before = malloc_count_calls()
    for ms in 0..<20_000 as Range<UInt64> {
      counters.count(.sent, bytes: 40, now: time(ms))
      counters.count(.received, bytes: 40, now: time(ms))
      counters.count(.opened)
      counters.count(.closed)
      counters.answered(after: .us(ms))
      if ms % 16 == 0 { sum &+= counters.snapshot(time(ms)).sent.messages }
      if ms % 5_000 == 0 { counters.reset(time(ms)) }
    }
    let taken = malloc_count_calls() - before
    #expect(taken == 0)
    #expect(sum > 0)
  }

  private final class Marks: Sendable {
    let isDone = Atomic(false)
    /// Looks of each reader, and how many of them found something wrong.
    let looks: InlineArray<2, Atomic<Int>> = InlineArray { _ in Atomic(0) }
    let wrong = Atomic(0)
  }

  /// One thread writes, two read and set back: what they see only grows, and what was counted is there in the end.
  @Test(arguments: [false, true])
  func oneWritesAndOthersRead(_ setsBack: Bool) {
    let (counters, marks) = (PeerCounters(now: time(0)), Marks())
    let (count, end) = (200_000 as UInt64, time(20_000))
    let done = DispatchGroup()
    for reader in 0..<2 {
      done.enter()
      Thread.detachNewThread {
        var former: UInt64 = 0
        while !marks.isDone.load(ordering: .acquiring) {
          let all = counters.snapshot(end)
          let isRight =
            all.sent.messages <= count && all.sent.bytes <= count * 8 && all.active <= 1 + count
            && all.latency <= .ms(8) && all.latencyMax <= .ms(8) && all.latencySamples <= count
            && all.sentRate.messages <= 10_100 && (setsBack || all.sent.messages >= former)
          former = all.sent.messages
          if !isRight { marks.wrong.wrappingAdd(1, ordering: .relaxed) }
          if setsBack { counters.reset(end) }
          marks.looks[reader].wrappingAdd(1, ordering: .relaxed)
        }
        done.leave()
      }
    }
    done.enter()
    let start = time(0)
    Thread.detachNewThread {
      var number: UInt64 = 0
      while number < count {
        counters.count(.opened)
        counters.count(.sent, bytes: 8, now: start + .ms(number / 10))
        counters.answered(after: .ms(1 + number % 8))
        counters.count(.closed)
        number += 1
        // Both look on.
        while number == count / 2, (0..<2).contains(where: { marks.looks[$0].load(ordering: .relaxed) < 100 }) {}
      }
      marks.isDone.store(true, ordering: .releasing)
      done.leave()
    }
    done.wait()
    #expect(marks.wrong.load(ordering: .relaxed) == 0)
    let all = counters.snapshot(end)
    #expect(all.active == 0)
    if !setsBack { #expect([all.sent.messages, all.sent.bytes, all.latencySamples] == [count, count * 8, count]) }
  }
}
