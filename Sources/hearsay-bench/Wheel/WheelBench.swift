import MixHost
import MixNet

extension Benchmark {
  static let wheel = Benchmark(
    name: "wheel", summary: "the timer wheel with so many packets in it: one set and one expiry"
  ) { (bench: Bench) throws(BenchError) in
    var first: Measure?
    for held in [1_000, 100_000, 1_000_000] {
      let measure = try bench.run("\(held) held", unit: "timer") { (measure: inout Measure) throws(BenchError) in
        WheelCase(held: held).run(bench, &measure)
      }
      if let first { bench.ratio(measure, to: first) } else { first = measure }
    }
  }
}

/// A wheel that always holds so many packets: each that expires is set anew, with a delay of 1 to 200 ms.
private struct WheelCase {
  let held: Int

  func run(_ bench: Bench, _ measure: inout Measure) {
    var run = WheelRun(held: held)
    run.fill()
    // Every packet has expired about twice before time is taken.
    var idle = Meter()
    while run.expiries < 2 * held { run.work(&idle) }
    let before = run.sets
    var meter = Meter()
    repeat { run.work(&meter) } while meter.sum.wall < bench.time
    measure.timed = run.sets - before
    run.empty()
    measure.sent = run.sets
    measure.received = run.expiries
    measure.wrong = run.wrong
    measure.cost = meter.sum
    measure.mustNotAllocate = true
  }
}

/// A wheel under way, on a clock of its own.
private struct WheelRun: ~Copyable {
  /// One expiry, and what the packet was set to again.
  private struct Event {
    var packet: UInt32 = 0
    var at = Instant.zero
    var next = Instant.zero
  }

  private let held: Int
  private var wheel: TimerWheel
  private var now = Instant(ns: 1_000_000_000)
  private let delays: [UInt64]
  private var drawn = 0
  /// When each packet is due; zero when it is not in the wheel.
  private var due: [UInt64]
  /// What happened while time was taken; looked at after that, so that only the wheel is measured.
  private var events: [Event]
  private var count = 0
  private(set) var sets = 0
  private(set) var expiries = 0
  /// Packets that came out before their time, too late, or without having been in.
  private(set) var wrong = 0

  init(held: Int) {
    self.held = held
    wheel = TimerWheel(capacity: held, now: now)
    due = [UInt64](repeating: 0, count: held)
    events = [Event](repeating: Event(), count: 4_096)
    var random = RandomStream(seed: Seed(2))
    delays = (0..<65_536).map { _ in 1_000_000 + random.below(199_000_000) }
  }

  mutating func fill() {
    for packet in 0..<held {
      let time = draw()
      wheel.set(UInt32(packet), at: time)
      due[packet] = time.ns
      sets += 1
    }
  }

  private mutating func draw() -> Instant {
    drawn += 1
    return now + Nanos(delays[drawn & 65_535])
  }

  /// Takes time while some thousand packets expire and are set anew, then checks them.
  mutating func work(_ meter: inout Meter) {
    meter.measure { self.turn() }
    check()
  }

  /// Moves the clock on, a millisecond at a time.
  private mutating func turn() {
    while true {
      while count < events.count, let packet = wheel.expire(now) {
        let next = draw()
        wheel.set(packet, at: next)
        events[count] = Event(packet: packet, at: now, next: next)
        count += 1
      }
      if count == events.count { return }
      now = now + .ms(1)
    }
  }

  private mutating func check() {
    for event in events[..<count] {
      check(event.packet, at: event.at)
      due[Int(event.packet)] = event.next.ns
      sets += 1
    }
    count = 0
  }

  private mutating func check(_ packet: UInt32, at time: Instant) {
    let set = due[Int(packet)]
    // Never before its time; at the latest in the millisecond after it, and the clock moves by one.
    if set == 0 || set > time.ns || time.ns - set >= 2_000_000 { wrong += 1 }
    due[Int(packet)] = 0
    expiries += 1
  }

  /// Lets everything expire.
  mutating func empty() {
    for _ in 0..<1_000 where wheel.count > 0 {
      now = now + .ms(1)
      while let packet = wheel.expire(now) { check(packet, at: now) }
    }
  }
}
