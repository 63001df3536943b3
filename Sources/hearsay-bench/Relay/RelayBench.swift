import Foundation
import MixNet

extension Benchmark {
  static let relay = Benchmark(
    name: "relay", summary: "real nodes as processes over loopback, driven flat out; every byte is checked"
  ) { (bench: Bench) throws(BenchError) in
    let folder = try BenchFolder()
    let rig = RelayRig(bench: bench, folder: folder, program: try program(bench.options))
    // One worker, one a core, and more than there are cores.
    var first: Measure?
    for workers in [1, 2, 4] {
      let measure = try PlainRelay(rig: rig).oneNode(workers: workers)
      if workers > 1 { bench.ratio(measure, to: first) } else { first = measure }
    }
    try PlainRelay(rig: rig).thereAndBack()
    try PlainRelay(rig: rig).inside()
    let packets = try MixPackets(bench)
    first = nil
    for workers in [1, 2, 4] {
      let measure = try MixRelay(rig: rig, packets: packets).oneNode(workers: workers)
      if workers > 1 { bench.ratio(measure, to: first) } else { first = measure }
    }
  }

  /// The node that is run: the one that was built beside this program.
  private static func program(_ options: Options) throws(BenchError) -> String {
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let path = options.node ?? own.deletingLastPathComponent().appendingPathComponent("hearsay").path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw BenchError("there is no node at \(path); build it (swift build -c release) or name one with --node")
    }
    return path
  }
}

/// What the cases of this benchmark have in common.
struct RelayRig {
  let bench: Bench
  let folder: BenchFolder
  let program: String

  /// Links over which the load comes: more than there are workers, so that each has some.
  static let links = 4
  /// Frames of the paced part.
  var pacedCount: Int { bench.size(max(200, Int(bench.options.seconds * 1_000)), quick: 20) }
  static let pacedPerSecond = 1_000

  func start(_ name: String, _ config: String) throws(BenchError) -> ChildNode {
    try ChildNode(name, program: program, folder: try folder.folder(name), config: config)
  }

  /// Drives the load flat out: a part to warm up, then the part that is measured; says what came out in that part, and
  /// what the watched nodes and this process have used meanwhile.
  func measure(_ load: Load, nodes: [ChildNode], into measure: inout Measure) {
    load.flatOut(for: Nanos(bench.time.ns / 4))
    let (received, cpu, own) = (load.received, sum(nodes), processTime)
    let start = load.now
    load.flatOut(for: bench.time)
    let wall = load.now - start
    measure.cost = Cost(wall: wall, cpu: sum(nodes) - cpu, seesAllocations: false)
    measure.timed = load.received - received
    measure.extra.append(
      ("client_cpu_ns_each", Double((processTime - own).ns) / Double(max(1, load.received - received))))
    load.drain()
  }

  private func sum(_ nodes: [ChildNode]) -> Nanos { nodes.reduce(.zero) { $0 + $1.cpu } }

  /// What went in and came out in all, the nodes' own count of drops, and how they ended.
  func finish(_ load: Load, nodes: [ChildNode], into measure: inout Measure) throws(BenchError) {
    measure.sent = load.sent
    measure.received = load.received
    measure.wrong = load.wrong
    for node in nodes { measure.dropped += try node.dropped() }
    measure.latency = load.latency
    load.close()
    for node in nodes {
      if let sentence = node.stop() { measure.fault(sentence) }
    }
  }
}
