import MixNet
import Testing

@testable import MixHost

@Suite struct TimerWheelTests {
  /// Against a plain list: each thing comes out once, at its time or less than a millisecond after it, never before.
  @Test(arguments: 0..<40 as Range<UInt64>) func agreesWithAList(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var now = Instant(ns: random.below(1 << 44))
    var wheel = TimerWheel(capacity: 200, now: now)
    var due = [Instant?](repeating: nil, count: 200)
    for _ in 0..<2_000 {
      let thing = Int(random.below(200))
      switch random.below(4) {
      case 0, 1:
        due[thing] = now + Nanos(random.below(1 << (20 + random.below(26))))
        wheel.set(UInt32(thing), at: due[thing] ?? now)
      case 2:
        due[thing] = nil
        wheel.cancel(UInt32(thing))
      default:
        let step = random.below(1 << (20 + random.below(22)))
        now = now + Nanos(step)
        while let expired = wheel.expire(now) {
          let time = due[Int(expired)]
          #expect(time.map { $0 <= now } == true)
          due[Int(expired)] = nil
        }
        for time in due { #expect(time.map { now < $0 + .ms(1) } ?? true) }
      }
      let set = wheel.count
      #expect(set == due.count { $0 != nil })
    }
  }

  /// `next` never lies after the first thing's time (rounded up), so a worker that sleeps until then misses nothing.
  @Test(arguments: 0..<20 as Range<UInt64>) func sleepingUntilNextMissesNothing(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed, 1))
    var now = Instant(ns: random.below(1 << 40))
    var wheel = TimerWheel(capacity: 50, now: now)
    var first: [Instant] = []
    for thing in 0..<50 as Range<UInt32> {
      let time = now + Nanos(random.below(1 << (10 + random.below(38))))
      first.append(time)
      wheel.set(thing, at: time)
    }
    var wakes = 0
    while wheel.count > 0 {
      let next = wheel.next
      #expect(next != .never)
      now = max(now, next)
      wakes += 1
      while let thing = wheel.expire(now) { #expect(now - first[Int(thing)] < .ms(1)) }
    }
    let end = wheel.next
    #expect(end == .never)
    // Moving things to finer levels wakes nobody, but for those that lay a little beyond a level's reach.
    #expect(wakes <= 2 * 50)
  }

  @Test func whoSleepsUntilOneFarThingIsWokenOnce() {
    var wheel = TimerWheel(capacity: 2, now: .zero)
    for distance in [1, 63, 64, 65, 1_000, 4_095, 5_000, 262_144, 86_400_000] as [UInt64] {
      let start = Instant(ns: 63_000_000 + distance * 7_000_000)
      _ = wheel.expire(start)
      wheel.set(0, at: start + .ms(distance))
      var wakes = 0
      while wheel.expire(wheel.next) == nil { wakes += 1 }
      // A bucket's reach may end before the thing's time: then it is looked at once more.
      #expect(wakes <= 1, "\(distance) ms")
    }
    // A second one that is unset again leaves nothing behind.
    wheel = TimerWheel(capacity: 2, now: .zero)
    wheel.set(0, at: Instant(ns: 5_000_000_000))
    wheel.set(1, at: Instant(ns: 70_000_000))
    wheel.cancel(1)
    let next = wheel.next
    #expect(next == Instant(ns: 5_000_000_000))
  }

  /// A full pool of waiting packets: each leaves once, at its time or less than a millisecond after it; who sleeps until the
  /// wheel has work is woken no more often than the times have different milliseconds.
  @Test(
    "fault 35: 100,000 held things are each released once and not early",
    arguments: [1_000, 60_000, 3_600_000] as [UInt64])
  func aHundredThousandHeldThings(span: UInt64) {
    let count = 100_000
    var random = RandomStream(seed: Seed(span))
    var now = Instant(ns: 7_777_777_777)
    var wheel = TimerWheel(capacity: count, now: now)
    let due = (0..<count).map { _ in now + Nanos(random.below(span * 1_000_000)) }
    for (thing, time) in due.enumerated() { wheel.set(UInt32(thing), at: time) }
    var released = [Bool](repeating: false, count: count)
    var (wakes, early, late, twice, last) = (0, 0, 0, 0, Instant.zero)
    while wheel.count > 0 {
      now = max(now, wheel.next)
      wakes += 1
      while let thing = wheel.expire(now) {
        let time = due[Int(thing)]
        early += now < time ? 1 : 0
        late += now - time >= .ms(1) ? 1 : 0
        twice += released[Int(thing)] ? 1 : 0
        released[Int(thing)] = true
        last = max(last, time)
      }
    }
    #expect(early == 0 && late == 0 && twice == 0)
    #expect(released.allSatisfy { $0 })
    #expect(last == due.max())
    // One a millisecond at most; moving things between levels wakes nobody, but for those at the end of a level's reach.
    let milliseconds = Set(due.map { ($0.ns + 999_999) / 1_000_000 }).count
    #expect(wakes <= milliseconds + 4, "\(wakes) wakes")
  }

  @Test("fault 35: ten thousand timers of one nanosecond, and some that are unset while others fire")
  func manyAtTheSameTime() {
    var wheel = TimerWheel(capacity: 20_000, now: .zero)
    let time = Instant(ns: 123_456_789_123)
    for thing in 0..<10_000 as Range<UInt32> { wheel.set(thing, at: time) }
    for thing in 10_000..<20_000 as Range<UInt32> { wheel.set(thing, at: time + .ms(5)) }
    let early = wheel.expire(Instant(ns: time.ns - 1))
    #expect(early == nil)
    var order: [UInt32] = []
    let now = time + .ms(1)
    while let thing = wheel.expire(now) {
      order.append(thing)
      // Each second one unsets the one after it, and sets one of those to come anew.
      if thing % 4 == 0 { wheel.cancel(thing + 1) }
      if thing % 4 == 2 { wheel.set(thing, at: now + .s(1)) }
    }
    #expect(order == (0..<10_000).filter { $0 % 4 != 1 })
    let left = wheel.count
    #expect(left == 10_000 + 2_500)
    order = []
    while let thing = wheel.expire(now + .s(2)) { order.append(thing) }
    #expect(order.count == 12_500 && order.prefix(10_000) == Array(10_000..<20_000)[...])
  }

  @Test("fault 35: a million timers, set, unset and set again")
  func aMillionTimers() {
    let count = 1_000_000
    var random = RandomStream(seed: Seed(35))
    var wheel = TimerWheel(capacity: count, now: .zero)
    for thing in 0..<UInt32(count) { wheel.set(thing, at: Instant(ns: random.below(3_600_000_000_000))) }
    for thing in 0..<UInt32(count) where thing % 3 == 0 { wheel.cancel(thing) }
    for thing in 0..<UInt32(count) where thing % 6 == 0 { wheel.set(thing, at: Instant(ns: random.below(1 << 45))) }
    let expected = count - (count + 2) / 3 + (count + 5) / 6
    let set = wheel.count
    #expect(set == expected)
    var fired = 0
    while wheel.expire(Instant(ns: 1 << 46)) != nil { fired += 1 }
    #expect(fired == expected)
  }

  @Test func oneMillisecondKeepsTheOrder() {
    var wheel = TimerWheel(capacity: 10, now: .zero)
    for thing in 0..<10 as Range<UInt32> { wheel.set(thing, at: Instant(ns: 5_000_000)) }
    var order: [UInt32] = []
    while let thing = wheel.expire(Instant(ns: 5_000_000)) { order.append(thing) }
    #expect(order == Array(0..<10))
  }

  @Test func timesBeyondTheLastLevelAndBeforeNow() {
    var wheel = TimerWheel(capacity: 3, now: Instant(ns: 1 << 50))
    wheel.set(0, at: .never)
    wheel.set(1, at: .zero)
    let first = wheel.expire(Instant(ns: 1 << 50))
    let second = wheel.expire(Instant(ns: 1 << 60))
    let isSet = wheel.isSet(0)
    #expect(first == 1 && second == nil && isSet)
    let any = [wheel.takeAny(), wheel.takeAny()]
    #expect(any == [0, nil])
  }

  @Test func takeAnyEmptiesItEarlyOnesFirst() {
    var wheel = TimerWheel(capacity: 100, now: .zero)
    for thing in 0..<100 as Range<UInt32> { wheel.set(thing, at: Instant(ns: UInt64(100 - thing) * 1_000_000)) }
    var order: [UInt32] = []
    while let thing = wheel.takeAny() { order.append(thing) }
    #expect(Set(order).count == 100)
    #expect(order.prefix(50) == Array((50..<100).reversed())[...])
  }
}
