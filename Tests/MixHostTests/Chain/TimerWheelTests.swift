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
    // Each thing is moved to a finer level at most five times before it expires.
    #expect(wakes <= 50 * 6)
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
