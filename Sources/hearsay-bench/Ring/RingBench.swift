import LinuxNet
import MixHost
import MixNet
import Synchronization

extension Benchmark {
  static let ring = Benchmark(
    name: "ring", summary: "slot numbers from one thread to another, one by one and 64 at once"
  ) { (bench: Bench) throws(BenchError) in
    let single = try bench.run("one by one", unit: "slot") { (measure: inout Measure) throws(BenchError) in
      try RingCase(atOnce: 1).run(bench, &measure)
    }
    let many = try bench.run("64 at once", unit: "slot") { (measure: inout Measure) throws(BenchError) in
      try RingCase(atOnce: 64).run(bench, &measure)
    }
    bench.ratio(single, to: many)
  }
}

/// Two threads and the ring between them: this one takes out what the other puts in.
private struct RingCase {
  let atOnce: Int

  func run(_ bench: Bench, _ measure: inout Measure) throws(BenchError) {
    let ring = Ring<UInt32>(capacity: 16_384)
    let order = RingOrder()
    let atOnce = atOnce
    let producer: Thread
    do throws(SystemError) {
      producer = try Thread("producer") { order.sent(Self.produce(ring, atOnce, order)) }
    } catch { throw BenchError(error.description) }
    let clock = SystemClock()
    var sink = RingSink(ring: ring, atOnce: atOnce)
    let piece = bench.size(1_000_000, quick: 10_000)
    sink.take(piece)
    let warm = sink.count
    let start = clock.now
    repeat { sink.take(piece) } while clock.now - start < bench.time
    let cost = Cost(wall: clock.now - start, seesAllocations: false)
    let timed = sink.count - warm
    order.stop()
    while !order.isOver || !ring.isEmpty { sink.takeWhatIsThere() }
    producer.join()
    measure.sent = order.count
    measure.received = sink.count
    measure.wrong = sink.wrong
    measure.timed = timed
    measure.cost = cost
    measure.hidesCPU = true
  }

  /// Counts up until it is told to stop; says how far it came.
  private static func produce(_ ring: Ring<UInt32>, _ atOnce: Int, _ order: RingOrder) -> Int {
    let numbers = UnsafeMutablePointer<UInt32>.allocate(capacity: atOnce)
    defer { unsafe numbers.deallocate() }
    var next: UInt32 = 0
    var count = 0
    while !order.isStopped {
      // The order is looked at now and then: it is in another thread's cache.
      for _ in 0..<256 {
        if atOnce == 1 {
          guard ring.push(next) else { continue }
        } else {
          for i in 0..<atOnce { unsafe numbers[i] = next &+ UInt32(i) }
          guard unsafe ring.push(numbers, count: atOnce) else { continue }
        }
        next &+= UInt32(atOnce)
        count += atOnce
      }
    }
    return count
  }
}

/// The consumer's side: every number in its order.
@safe private struct RingSink: ~Copyable {
  private let ring: Ring<UInt32>
  private let numbers: UnsafeMutablePointer<UInt32>
  private let atOnce: Int
  private var next: UInt32 = 0
  private(set) var count = 0
  private(set) var wrong = 0

  init(ring: Ring<UInt32>, atOnce: Int) {
    self.ring = ring
    self.atOnce = atOnce
    unsafe numbers = .allocate(capacity: atOnce)
  }

  deinit { unsafe numbers.deallocate() }

  mutating func take(_ number: Int) {
    let end = count + number
    while count < end { takeWhatIsThere() }
  }

  mutating func takeWhatIsThere() {
    if atOnce == 1 {
      if let number = ring.pop() { check(number) }
    } else {
      let got = unsafe ring.pop(into: numbers, room: atOnce)
      for i in 0..<got { check(unsafe numbers[i]) }
    }
  }

  private mutating func check(_ number: UInt32) {
    if number != next { wrong += 1 }
    next = number &+ 1
    count += 1
  }
}

/// What the two threads tell each other beside the ring.
private final class RingOrder: Sendable {
  private let stopped = Atomic<Bool>(false)
  private let total = Atomic<Int>(-1)

  var isStopped: Bool { stopped.load(ordering: .relaxed) }
  var isOver: Bool { count >= 0 }
  var count: Int { total.load(ordering: .acquiring) }
  func stop() { stopped.store(true, ordering: .relaxed) }
  func sent(_ count: Int) { total.store(count, ordering: .releasing) }
}
