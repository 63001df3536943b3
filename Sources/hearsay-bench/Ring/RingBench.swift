import LinuxNet
import MixHost
import MixNet

extension Benchmark {
  static let ring = Benchmark(
    name: "ring", summary: "slot numbers from one thread to another, which do nothing else"
  ) { (bench: Bench) throws(BenchError) in
    for atOnce in [1, 64] {
      var measure = Measure("\(atOnce) at once", unit: "slot")
      measure.sent = bench.size(20_000_000, quick: 64_000) / 64 * 64
      try RingCase(count: measure.sent, atOnce: atOnce).run(&measure)
      // The threads spin: their processor time says nothing.
      measure.cost.cpu = nil
      bench.show(measure)
    }
  }
}

/// Another thread counts up into a ring, and this one takes out what it has put in.
private struct RingCase {
  let count: Int
  let atOnce: Int

  func run(_ measure: inout Measure) throws(BenchError) {
    let ring = Ring<UInt32>(capacity: 16_384)
    let (count, atOnce) = (count, atOnce)
    let producer: Thread
    do throws(SystemError) {
      producer = try Thread("producer") { Self.produce(count, atOnce, into: ring) }
    } catch { throw BenchError(error.description) }
    var (received, wrong) = (0, 0)
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: atOnce) { numbers in
      measure.cost.measure { (received, wrong) = unsafe consume(ring, numbers) }
    }
    producer.join()
    if !ring.isEmpty { measure.fault("more came out than went in") }
    measure.received = received - wrong
    measure.wrong = wrong
  }

  private static func produce(_ count: Int, _ atOnce: Int, into ring: Ring<UInt32>) {
    var numbers = InlineArray<64, UInt32>(repeating: 0)
    for start in stride(from: 0, to: count, by: atOnce) {
      if atOnce == 1 {
        while !ring.push(UInt32(start)) {}
      } else {
        for i in 0..<atOnce { numbers[i] = UInt32(start + i) }
        while !(unsafe numbers.span.withUnsafeBufferPointer { numbers in
          unsafe numbers.baseAddress.map { unsafe ring.push($0, count: atOnce) } ?? true
        }) {}
      }
    }
  }

  /// Every number in its order.
  private func consume(
    _ ring: Ring<UInt32>, _ numbers: UnsafeMutableBufferPointer<UInt32>
  ) -> (received: Int, wrong: Int) {
    guard let base = numbers.baseAddress else { return (0, 0) }
    var (received, wrong) = (0, 0)
    while received < count {
      if atOnce == 1 {
        guard let number = ring.pop() else { continue }
        if Int(number) != received { wrong += 1 }
        received += 1
      } else {
        let got = unsafe ring.pop(into: base, room: atOnce)
        for i in 0..<got where unsafe Int(numbers[i]) != received + i { wrong += 1 }
        received += got
      }
    }
    return (received, wrong)
  }
}
