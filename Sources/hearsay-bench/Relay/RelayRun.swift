import Foundation
import LinuxNet
import MixNet
import Sphinx

/// One run: nodes in processes of their own, one behind the other, a generator before them and a sink behind.
struct RelayRun {
  let work: RelayWork
  let route: MixRoute
  /// What each of the nodes is; their places and ports are filled in.
  var node = RelayNodePlan()
  /// Nodes one behind the other.
  var nodes = 1
  /// Frames a second; 0: as fast as they are taken.
  var rate = 0
  /// Frames before anything is measured.
  var warm = 1_000
  var count = 10_000
  /// Nothing more is waited for when nothing has come for so long.
  var quiet = Nanos.s(1)
  /// Connections over which frames come, so that each worker has some.
  private static let links = 4

  /// - Parameters:
  ///   - began: shown what the node has used before the frames that are measured.
  ///   - full: shown the same when all frames are in, before they are waited for.
  func run(
    began: (NodeUsage) -> Void = { _ in }, full: ((NodeUsage) -> Void)? = nil
  ) throws(BenchError) -> RelayResult {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hearsay-bench-\(getpid())-relay").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let sink = try WirePort()
    var processes: [RelayProcess] = []
    defer { for process in processes { process.stop() } }  // Those that were started before one was not.
    var next = sink.port
    for hop in (0..<nodes).reversed() {
      var plan = node
      (plan.chain, plan.hop, plan.hops, plan.next) = (work.chain, hop, route.hops.count, next)
      plan.state = "\(folder)/\(hop)"
      try? FileManager.default.createDirectory(atPath: plan.state, withIntermediateDirectories: true)
      processes.insert(try RelayProcess(plan), at: 0)
      next = processes[0].port
    }
    let load = RelayLoad(work, inputs: try connect(next)) {
      [route, nodes, isPeer = work.chain == .sphinx]
      () throws(BenchError) in
      let wire = try sink.accept()
      return isPeer ? try PeerGreeting.answer(wire, as: route.hops[nodes].address) : FrameReader(wire)
    }
    // The sink ends when its connection does.
    defer {
      for process in processes { process.stop() }
      load.stop()
    }
    return try measure(load, processes, began, full)
  }

  private func connect(_ port: UInt16) throws(BenchError) -> [Wire] {
    var inputs: [Wire] = []
    for number in 0..<Self.links {
      let wire = try Wire(to: port)
      if work.chain == .sphinx {
        _ = try PeerGreeting.answer(wire, as: Fingerprint.of("hearsay bench sender \(number)"))
      }
      inputs.append(wire)
    }
    return inputs
  }

  /// What all nodes have used and done; frames in are the first one's.
  private func usage(_ processes: [RelayProcess]) throws(BenchError) -> NodeUsage {
    var sum = try processes[0].usage()
    for process in processes.dropFirst() {
      let usage = try process.usage()
      sum.cpu = sum.cpu + usage.cpu
      sum.allocations += usage.allocations
      sum.held += usage.held
      sum.residentBytes += usage.residentBytes
      for (reason, count) in usage.dropped {
        if let place = sum.dropped.firstIndex(where: { $0.reason == reason }) {
          sum.dropped[place].count += count
        } else {
          sum.dropped.append((reason, count))
        }
      }
    }
    return sum
  }

  private func measure(
    _ load: RelayLoad, _ processes: [RelayProcess], _ began: (NodeUsage) -> Void,
    _ full: ((NodeUsage) -> Void)?
  ) throws(BenchError) -> RelayResult {
    try load.run(warm, rate: rate)
    load.settle(quiet: quiet)
    load.clear()
    let asked = try usage(processes)
    let before = try usage(processes)
    began(before)
    let warmed = load.result.right
    let clock = SystemClock()
    let start = clock.now
    try load.run(count, rate: rate)
    if let full {
      // What was written is in the node once it has read it all, which takes it as long as the work takes.
      var now = try usage(processes)
      while now.framesIn < load.count, clock.now - start < quiet {
        usleep(10_000)
        now = try usage(processes)
      }
      full(now)
    }
    load.settle(quiet: quiet)
    let took = Double((clock.now - start).ns) / 1e9
    let after = try usage(processes)
    let came = load.result
    if came.right < load.count - after.droppedInAll, let fault = came.fault { throw BenchError(fault) }
    var result = RelayResult()
    (result.sent, result.received, result.wrong) = (load.count, came.right, came.wrong + came.doubled)
    result.dropped = after.dropped
    result.shed = after.shed
    result.framesIn = after.framesIn
    let relayed = came.right - warmed
    result.perSecond = Double(relayed) / max(took, 1e-9)
    result.cpuMicroseconds = Double((after.cpu - before.cpu).ns) / 1e3 / Double(max(1, relayed))
    // Less what asking itself takes.
    let asking = before.allocations - asked.allocations
    if node.workers == 1, Meter.countsAllocations {
      let allocations = max(0, after.allocations - before.allocations - asking * (full == nil ? 1 : 2))
      result.allocations = Double(allocations) / Double(max(1, relayed))
    }
    result.latencies = came.latencies.sorted()
    result.wholes = came.wholes.sorted()
    result.residentBytes = after.residentBytes
    return result
  }
}
