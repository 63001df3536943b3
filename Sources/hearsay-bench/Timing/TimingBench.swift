import MixNet

extension Benchmark {
  /// Runs only when it is named: a million measurements of each kind take some ten minutes.
  static let timing = Benchmark(
    name: "timing", summary: "whether the time of a refusal or a proof tells of a secret (|t| < 4.5 where it does not)"
  ) { (bench: Bench) throws(BenchError) in
    // Two classes that do not differ must not seem to; and a comparison that stops at the first difference must be found out.
    var alike = try RefusalTimer(.nothing)
    try bench.compare("control: no difference") { (second: UInt8, place: Int) throws(BenchError) in
      try alike.time(second, place)
    }
    var leak = LeakyTimer()
    try bench.compare("control: stops at a difference", isLeaky: true) {
      (second: UInt8, place: Int) throws(BenchError) in
      try leak.time(second, place)
    }
    var macs = try RefusalTimer(.macs)
    try bench.compare("sphinx: mac nearly right, or not") { (second: UInt8, place: Int) throws(BenchError) in
      try macs.time(second, place)
    }
    var keys = try RefusalTimer(.keys)
    try bench.compare("sphinx: one key, or many") { (second: UInt8, place: Int) throws(BenchError) in
      try keys.time(second, place)
    }
    var proofs = try ProofTimer()
    try bench.compare("vrf prove: one key, or many") { (second: UInt8, place: Int) throws(BenchError) in
      try proofs.time(second, place)
    }
  }
}

extension Bench {
  /// Measures two classes by turns that are drawn, and fails when their times differ; or, of a control, when they do not.
  fileprivate func compare(
    _ name: String, isLeaky: Bool = false, _ time: (_ isSecond: UInt8, _ place: Int) throws(BenchError) -> Nanos
  ) throws(BenchError) {
    var measure = Measure(name, unit: "measurement")
    measure.mustNotAllocate = false
    var random = RandomStream(seed: Seed(11).derived("timing"))
    let total = size(1_000_000, quick: 300)
    var first: [Double] = []
    var test = WelchTest(thresholdsFrom: [])
    let warmUp = size(10_000, quick: 100)
    try measure.cost.measure { () throws(BenchError) in
      for number in 0..<total + warmUp {
        let isSecond = UInt8(truncatingIfNeeded: random.next() >> 63)
        let took = Double(try time(isSecond, Int(random.below(UInt64(TimedInputs.count)))).ns)
        if number < warmUp { first.append(took) }
        if number == warmUp { test = WelchTest(thresholdsFrom: first) }
        if number >= warmUp { test.add(took, ofSecond: isSecond == 1) }
      }
    }
    (measure.sent, measure.received) = (total, total)
    measure.extra = [("t_thousandths", Int((1_000 * test.t).rounded()))]
    // So few measurements say nothing.
    if !isQuick, (abs(test.t) < WelchTest.limit) == isLeaky { measure.fault("t = \(test.t)") }
    show(measure)
  }
}
