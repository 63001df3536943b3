import LinuxNet
import MixNet

extension Benchmark {
  static let relay = Benchmark(
    name: "relay", summary: "a node between connections over loopback, driven by another thread; workers past the cores"
  ) { (bench: Bench) throws(BenchError) in
    for workers in [1, 2, 4] { try PlainRelay(bench).run(bench, workers: workers) }
    let mix = try MixRelay(bench)
    for workers in [1, 2, 4] { try mix.run(bench, workers: workers) }
  }
}

/// How many frames a case sends.
struct RelaySizes {
  /// Before time is taken.
  let warm: Int
  /// As fast as the node takes them.
  let count: Int
  /// One by one, for the latency.
  let single: Int
  var all: Int { warm + count + single }
  /// Connections over which they come, so that each worker has some.
  static let links = 4
}

/// What the cases have in common: the load's run, and its cost to the node.
struct RelayRun {
  let node: NodeThreads
  var load: Load
  var measure: Measure
  private let workers: Int

  init(_ name: String, workers: Int, _ node: NodeThreads, _ load: Load) {
    self.node = node
    self.load = load
    self.workers = workers
    measure = Measure("\(name), \(workers) \(workers == 1 ? "worker" : "workers")")
    // The node's own housekeeping may allocate now and then.
    measure.mustNotAllocate = false
  }

  /// Sends the frames; fills in all but what came out right.
  mutating func run(_ sizes: RelaySizes, _ visit: (Span<UInt8>) -> Void) throws(BenchError) {
    try load.run(sizes.warm, visit)
    let asked = try node.usage()
    let before = try node.usage()
    var own = Meter()
    let others = othersTime
    try own.measure { () throws(BenchError) in try load.run(sizes.count, visit) }
    // All of this process but this thread is the node.
    measure.cost.cpu = othersTime - others
    measure.cost.wall = own.wall
    let after = try node.usage()
    // Less what asking itself takes.
    let asking = before.allocations - asked.allocations
    measure.cost.allocations = workers == 1 ? max(0, after.allocations - before.allocations - asking) : nil
    measure.timed = sizes.count
    try runSingly(sizes.single, visit)
    measure.sent = load.sent
    measure.dropped = try node.usage().dropped
  }

  /// One frame after the other, each once the one before has come out.
  private mutating func runSingly(_ count: Int, _ visit: (Span<UInt8>) -> Void) throws(BenchError) {
    var times: [Nanos] = []
    for _ in 0..<count {
      var meter = Meter()
      try meter.measure { () throws(BenchError) in try load.run(1, visit) }
      times.append(meter.wall)
    }
    times.sort()
    for percent in [50, 99] {
      measure.extra.append(("latency_p\(percent)_ns", Int(clamping: times[times.count * percent / 100].ns)))
    }
  }

  private var othersTime: Nanos { (ProcessUsage.cpuTime() ?? .zero) - Meter.threadTime }
}
