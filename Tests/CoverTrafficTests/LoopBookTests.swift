import MixNet
import Testing

@testable import CoverTraffic

struct LoopBookTests {
  private let start = Instant(ns: 1_000_000_000)

  private func name(_ number: Int) -> Bytes16 { Bytes16(words: [UInt64(number), 1]) }

  private func loop(_ number: Int, at time: Instant, by route: [Int] = [0, 1]) -> LoopBook.Loop {
    LoopBook.Loop(name: name(number), sent: time, route: CoverRoute(route))
  }

  /// One that comes home in time is back, once; one that does not is lost, and comes too late afterwards.
  @Test func loopsAreBackOrLost() {
    var book = LoopBook(timeout: .s(10))
    book.send(loop(1, at: start))
    book.send(loop(2, at: start + .s(1)))
    let first = book.arrive(name(1), start + .ms(120))
    let again = book.arrive(name(1), start + .ms(130))
    #expect(first)
    #expect(!again)
    #expect(book.smoothed == .ms(120))
    #expect(book.expiry == start + .s(11))
    book.expire(start + .s(11))
    let late = book.arrive(name(2), start + .s(12))
    #expect(!late)
    #expect([book.sent, book.back, book.lost, book.open] == [2, 1, 1, 0])
  }

  /// One loop a second, and from some moment on none comes home: the alarm rises within 30 s, and ends when loops come again.
  @Test func withheldPacketsRaiseTheAlarm() {
    var book = LoopBook(timeout: .s(10))
    var raised: Int?
    for second in 0..<200 {
      let now = start + .s(UInt64(second))
      book.expire(now)
      if raised == nil, book.isAlarming { raised = second }
      book.send(loop(second, at: now))
      let isWithheld = (100..<130).contains(second)
      if !isWithheld { _ = book.arrive(name(second), now + .ms(100)) }
    }
    let found = raised ?? .max
    #expect(found >= 100)
    #expect(found <= 130)
    #expect(book.alarms == 1)
    #expect(!book.isAlarming)
  }

  /// One loop a second of which one in a hundred is lost, each by itself, for a year: at most a few alarms, where less than one is
  /// expected.
  @Test func honestLossRaisesHardlyAny() {
    var random = RandomStream(seed: Seed(7))
    var book = LoopBook(timeout: .s(10))
    for second in 0..<31_500_000 {
      let now = start + .s(UInt64(second))
      book.expire(now)
      book.send(loop(second, at: now, by: []))
      if random.below(100) != 0 { _ = book.arrive(name(second), now) }
    }
    #expect(book.lost > 300_000)
    #expect(book.alarms <= 3)
  }

  /// The network changes: loops keep their ways under other numbers, and those whose nodes are gone may come home, but are not
  /// lost when they do not.
  @Test func aReloadForgetsNothing() {
    var book = LoopBook(timeout: .s(10))
    for number in 0..<6 { book.send(loop(number, at: start, by: [number % 3, 3])) }
    let before = (0..<2).map { book.arrive(name($0), start + .s(1)) }
    book.renumber([nil, 4, 2, 0])
    let after = (2..<5).map { book.arrive(name($0), start + .s(2)) }
    #expect(before + after == [true, true, true, true, true])
    book.expire(start + .s(10))
    #expect([book.sent, book.back, book.lost, book.open] == [6, 5, 1, 0])
    // Loops 1, 2, 4 and 5; those by the first node say nothing any more.
    #expect(book.results.map(\.route) == [[4, 0], [2, 0], [4, 0], [2, 0]].map { CoverRoute($0) })
    #expect(book.results.map(\.isLost) == [false, false, false, true])
    book.send(loop(9, at: start + .s(20), by: [4, 0]))
    book.renumber([1])
    book.expire(start + .s(60))
    #expect([book.lost, book.open, book.results.count] == [1, 0, 0])
  }

  /// The order of what is remembered outlives a change of the network when the ring is full.
  @Test func aFullRingIsRenumbered() {
    var book = LoopBook(timeout: .s(10))
    for number in 0..<LoopBook.resultsMax + 10 {
      book.send(loop(number, at: start, by: [number % 7, 7]))
      _ = book.arrive(name(number), start)
    }
    book.renumber([0, 1, 2, 3, 4, 5, 6, 7])
    #expect(book.results.map { $0.route[0] } == (10..<LoopBook.resultsMax + 10).map { $0 % 7 })
  }

  /// What is under way is bounded: more loops make the oldest ones lost.
  @Test func underWayIsBounded() {
    var book = LoopBook(timeout: .s(10))
    for number in 0..<3_000 { book.send(loop(number, at: start)) }
    #expect(book.open == LoopBook.underWayMax)
    #expect(book.lost == 3_000 - LoopBook.underWayMax)
    #expect(book.results.count == LoopBook.resultsMax)
  }
}
