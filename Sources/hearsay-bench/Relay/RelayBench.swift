import LinuxNet
import MixNet

extension Benchmark {
  static let relay = Benchmark(
    name: "relay", summary: "a node with one worker between two connections over loopback, driven by another thread"
  ) { (bench: Bench) throws(BenchError) in
    try PlainRelay().run(bench)
    try MixRelay(bench).run(bench)
  }
}

/// What the cases have in common: the load's run, and its cost to the node.
struct RelayRun {
  let node: NodeThread
  var load: Load
  var measure: Measure

  init(_ name: String, _ node: NodeThread, _ load: Load) {
    self.node = node
    self.load = load
    measure = Measure(name)
    // The node's own housekeeping may allocate now and then.
    measure.mustNotAllocate = false
  }

  /// Sends `warm` frames, then `count` more under the clock; fills in all but what came out right.
  mutating func run(warm: Int, count: Int, _ visit: (Int, Span<UInt8>) -> Void) throws(BenchError) {
    try load.run(warm, visit)
    let asked = try node.usage()
    let before = try node.usage()
    var own = Meter()
    let others = othersTime
    try own.measure { () throws(BenchError) in try load.run(count, visit) }
    // All of this process but this thread is the node.
    measure.cost.cpu = othersTime - others
    measure.cost.wall = own.wall
    let after = try node.usage()
    // Less what asking itself takes.
    let asking = before.allocations - asked.allocations
    measure.cost.allocations = max(0, after.allocations - before.allocations - asking)
    measure.timed = count
    measure.sent = load.sent
    measure.dropped = after.dropped
  }

  private var othersTime: Nanos { (ProcessUsage.cpuTime() ?? .zero) - Meter.threadTime }
}
