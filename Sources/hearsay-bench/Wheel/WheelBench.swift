import MixHost
import MixNet

extension Benchmark {
  static let wheel = Benchmark(
    name: "wheel", summary: "the timer wheel with so many packets in it: one hold and one release, 1 to 200 ms apart"
  ) { (bench: Bench) throws(BenchError) in
    for held in [1_000, 100_000] {
      var measure = Measure("\(held) held", unit: "hold")
      var run = WheelRun(held: held)
      // Every packet is released about twice before time is taken.
      var idle = Meter()
      while run.released < 2 * held { run.work(&idle) }
      let before = run.holds
      repeat { run.work(&measure.cost) } while measure.cost.wall < bench.time
      measure.timed = run.holds - before
      run.empty()
      measure.sent = run.holds
      measure.received = run.released
      measure.wrong = run.wrong
      bench.show(measure)
    }
  }
}

/// A wheel that always holds so many packets, on a clock of its own: each that is released is held anew.
private struct WheelRun: ~Copyable {
  /// One release, and until when the packet is held again.
  private struct Event {
    var packet: UInt32 = 0
    var at = Instant.zero
    var next = Instant.zero
  }

  private var wheel: TimerWheel
  private var now = Instant(ns: 1_000_000_000)
  private let delays: [UInt64]
  private var drawn = 0
  /// Until when each packet is held; zero when it is not in the wheel.
  private var due: [UInt64]
  /// What happened while time was taken; looked at after that, so that only the wheel is measured.
  private var events = [Event](repeating: Event(), count: 4_096)
  private var count = 0
  private(set) var holds = 0
  private(set) var released = 0
  /// Packets that came out before their time, too late, or without having been in.
  private(set) var wrong = 0

  init(held: Int) {
    wheel = TimerWheel(capacity: held, now: now)
    due = [UInt64](repeating: 0, count: held)
    var random = RandomStream(seed: Seed(2))
    delays = (0..<65_536).map { _ in 1_000_000 + random.below(199_000_000) }
    for packet in 0..<held {
      let time = draw()
      wheel.set(UInt32(packet), at: time)
      due[packet] = time.ns
    }
    holds = held
  }

  private mutating func draw() -> Instant {
    drawn += 1
    return now + Nanos(delays[drawn & 65_535])
  }

  /// Takes time while some thousand packets are released and held anew, then checks them.
  mutating func work(_ meter: inout Meter) {
    meter.measure { self.turn() }
    for event in events[..<count] {
      check(event.packet, at: event.at)
      due[Int(event.packet)] = event.next.ns
    }
    holds += count
    count = 0
  }

  /// Moves the clock on, a millisecond at a time.
  private mutating func turn() {
    while count < events.count {
      while count < events.count, let packet = wheel.expire(now) {
        let next = draw()
        wheel.set(packet, at: next)
        events[count] = Event(packet: packet, at: now, next: next)
        count += 1
      }
      if count < events.count { now = now + .ms(1) }
    }
  }

  private mutating func check(_ packet: UInt32, at time: Instant) {
    let held = due[Int(packet)]
    // Never before its time; at the latest in the millisecond after it, and the clock moves by one.
    if held == 0 || held > time.ns || time.ns - held >= 2_000_000 { wrong += 1 }
    due[Int(packet)] = 0
    released += 1
  }

  /// Lets everything out.
  mutating func empty() {
    for _ in 0..<1_000 where wheel.count > 0 {
      now = now + .ms(1)
      while let packet = wheel.expire(now) { check(packet, at: now) }
    }
  }
}
