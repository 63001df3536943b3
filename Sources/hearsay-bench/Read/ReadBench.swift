import MixNet

extension Benchmark {
  static let read = Benchmark(
    name: "read", summary: "64 frames of 2413 bytes at once from loopback into slots: by way of a scratch, and straight"
  ) { (bench: Bench) throws(BenchError) in
    // Slots that are in the cache because few are in use, and slots that are not.
    for slots in [128, 8_192] {
      for isStraight in [false, true] {
        var measure = Measure("\(isStraight ? "straight" : "scratch, copy"), \(slots) slots")
        let read = try ReadCase(slots: slots)
        var warm = Meter()
        for _ in 0..<slots / ReadCase.atOnce { _ = try read.round(isStraight, &warm) }
        repeat {
          measure.received += try read.round(isStraight, &measure.cost)
          measure.sent += ReadCase.atOnce
        } while measure.cost.wall < bench.time
        measure.wrong = measure.sent - measure.received
        bench.show(measure)
      }
    }
  }
}
