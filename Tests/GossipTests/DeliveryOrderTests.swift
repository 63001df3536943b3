import Gossip
import MixNet
import Testing

struct DeliveryOrderTests {
  private let start = Instant(ns: 1_000_000_000)

  private static func order(_ change: (inout DeliveryOrder<Int>.Settings) -> Void = { _ in }) -> DeliveryOrder<Int> {
    var settings = DeliveryOrder<Int>.Settings()
    change(&settings)
    return DeliveryOrder(settings)
  }

  /// Messages that come in any order within the wait are handed on in theirs, all of them and once.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func anyOrderBecomesOrder(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var order = Self.order()
    // Each message is late by up to a second.
    var arrivals: [(at: UInt64, origin: UInt64, number: UInt64)] = []
    for origin in 1...5 as ClosedRange<UInt64> {
      for number in 1...200 as ClosedRange<UInt64> {
        arrivals.append((number * 20 + random.below(1_000), origin, number))
      }
    }
    var out: [Int] = []
    for arrival in arrivals.sorted(by: { $0.at < $1.at }) {
      let now = start + .ms(arrival.at)
      order.tick(now, &out)
      order.take(
        Int(arrival.origin * 1_000 + arrival.number), origin: arrival.origin, epoch: 1, number: arrival.number,
        now: now,
        &out)
    }
    #expect(out.count == 1_000 && order.count == 0 && order.late == 0 && order.skipped == 0 && order.next == .never)
    for origin in 1...5 { #expect(out.filter { $0 / 1_000 == origin } == (1...200).map { origin * 1_000 + $0 }) }
  }

  /// What lacks is waited for, and then not.
  @Test(arguments: [false, true]) func whatLacksIsLeftOut(handsOnLate: Bool) {
    var order = Self.order { $0.handsOnLate = handsOnLate }
    var out: [Int] = []
    for number in [1, 3, 4, 6] {
      let now = start + .ms(number == 6 ? 500 : 0)
      order.take(number, origin: 9, epoch: 1, number: UInt64(number), now: now, &out)
    }
    #expect(out == [1] && order.count == 3 && order.next == start + .s(2))
    order.tick(start + .ms(1_999), &out)
    #expect(out == [1])
    order.tick(start + .s(2), &out)
    #expect(out == [1, 3, 4] && order.skipped == 1)
    order.take(2, origin: 9, epoch: 1, number: 2, now: start + .ms(2_400), &out)
    order.take(5, origin: 9, epoch: 1, number: 5, now: start + .ms(2_400), &out)
    #expect(out == (handsOnLate ? [1, 3, 4, 2, 5, 6] : [1, 3, 4, 5, 6]) && order.late == 1)
  }

  /// The first that is heard of an origin may not be its first, and a new life of it begins anew.
  @Test func beginnings() {
    var order = Self.order()
    var out: [Int] = []
    order.take(57, origin: 9, epoch: 1, number: 57, now: start, &out)
    order.take(56, origin: 9, epoch: 1, number: 56, now: start + .ms(10), &out)
    #expect(out.isEmpty)
    order.tick(start + .s(2), &out)
    #expect(out == [56, 57])
    order.take(102, origin: 9, epoch: 2, number: 2, now: start + .s(3), &out)
    order.take(58, origin: 9, epoch: 1, number: 58, now: start + .s(3), &out)
    order.take(101, origin: 9, epoch: 2, number: 1, now: start + .s(3), &out)
    #expect(out == [56, 57, 58])
    order.tick(start + .s(5), &out)
    #expect(out == [56, 57, 58, 101, 102])
    order.take(59, origin: 9, epoch: 1, number: 59, now: start + .s(6), &out)
    #expect(out.count == 5 && order.late == 1)
  }

  /// Of many whose time has come at once, who has waited for longest goes first.
  @Test func theLongestWaitingGoesFirst() {
    var order = Self.order()
    var out: [Int] = []
    for step in 0..<10 {
      // Origins come in one order, and their later messages in another.
      order.take(step, origin: UInt64(step), epoch: 1, number: 1, now: start, &out)
    }
    out = []
    for step in 0..<10 {
      let origin = UInt64(step * 7 % 10)
      order.take(100 + step, origin: origin, epoch: 1, number: 3, now: start + .ms(UInt64(step)), &out)
    }
    #expect(out.isEmpty && order.next == start + .s(2))
    order.tick(start + .ms(2_004), &out)
    #expect(out == [100, 101, 102, 103, 104] && order.next == start + .ms(2_005))
    // What lacked comes after all: nothing of it waits any more.
    order.take(200, origin: 5, epoch: 1, number: 2, now: start + .ms(2_004), &out)
    #expect(out == [100, 101, 102, 103, 104, 200, 105] && order.next == start + .ms(2_006))
    order.tick(start + .s(3), &out)
    #expect(Array(out.suffix(4)) == [106, 107, 108, 109] && order.next == .never && order.count == 0)
  }

  /// A node asks at each of its turns when something is due, and whether: that costs the same however many origins there are.
  @Test func manyOriginsCostNoMore() {
    func time(_ origins: Int) -> Duration {
      var order = Self.order()
      var out: [Int] = []
      for origin in 0..<origins {
        order.take(origin, origin: UInt64(origin), epoch: 1, number: 1, now: start, &out)
      }
      order.take(0, origin: 0, epoch: 1, number: 3, now: start, &out)
      var best = Duration.seconds(60)
      for _ in 0..<5 {
        let took = ContinuousClock().measure {
          for step in 0..<1_000 as Range<UInt64> {
            order.tick(start + Nanos(step), &out)
            #expect(order.next == start + .s(2))
          }
        }
        best = min(best, took)
      }
      return best
    }
    #expect(time(4_096) < time(4) * 20)
  }

  /// Neither origins nor messages that never end their wait take more than there is.
  @Test func itIsBounded() {
    var order = Self.order { ($0.heldMax, $0.originsMax) = (50, 10) }
    var out: [Int] = []
    for number in 0..<5_000 {
      order.take(number, origin: UInt64(number % 100), epoch: 1, number: UInt64(2 + 2 * number), now: start, &out)
      guard order.count <= 50 else { break }
    }
    #expect(order.count <= 50 && out.count + order.count == 5_000)
    order.take(1, origin: 1, epoch: .max, number: .max, now: start, &out)
    order.take(1, origin: 1, epoch: .max, number: .max, now: start, &out)
    order.tick(.never, &out)
    #expect(order.count == 0)
  }
}
