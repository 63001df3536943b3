import LinuxNet
import MixHost
import MixNet
import Relay

/// The plain relay: frames of 2048 bytes without cryptography.
struct PlainRelay {
  let rig: RelayRig

  /// The first frame of the paced part: none of the flat part gets so far.
  private static let pacedFrom = 1 << 32

  /// One node between this process's links and this process's sink: each frame is read once and written once.
  func oneNode(workers: Int) throws(BenchError) -> Measure? {
    try rig.bench.run("plain, \(workers) \(workers == 1 ? "worker" : "workers")") {
      (measure: inout Measure) throws(BenchError) in
      let load = try Load()
      let sink = try Self.listen(load)
      let node = try rig.start(
        "plain-\(workers)", Self.config(workers: workers, type: "entry", next: sink))
      try drive(load, entry: try node.address("relay"), nodes: [node], into: &measure)
      try rig.finish(load, nodes: [node], into: &measure)
    }
  }

  /// An entry and an exit that answers: each frame passes three times through a node.
  func thereAndBack() throws(BenchError) {
    try rig.bench.run("plain, entry and exit") { (measure: inout Measure) throws(BenchError) in
      let load = try Load()
      let exit = try rig.start("exit", Self.config(workers: 1, type: "exit", next: nil))
      let entry = try rig.start("entry", Self.config(workers: 1, type: "entry", next: try exit.address("relay")))
      try drive(load, entry: try entry.address("relay"), nodes: [entry, exit], into: &measure)
      measure.extra.append(("cpu_ns_each_pass", measure.cpuEach / 3))
      try rig.finish(load, nodes: [entry, exit], into: &measure)
    }
  }

  /// One node on a thread of this process: there its allocations can be counted.
  func inside() throws(BenchError) {
    try rig.bench.run("plain, inside this process") { (measure: inout Measure) throws(BenchError) in
      let load = try Load()
      let sink = try Self.listen(load)
      let node = try InsideNode(
        config: Self.config(workers: 1, type: "entry", next: sink), folder: try rig.folder.folder("inside"),
        plugins: [.relay])
      try connect(load, try node.address("relay"))
      load.flatOut(for: Nanos(rig.bench.time.ns / 4))
      load.drain()
      let (received, before, start) = (load.received, try node.usage(), load.now)
      load.flatOut(for: rig.bench.time)
      load.drain()
      let after = try node.usage()
      measure.cost = Cost(
        wall: load.now - start, cpu: after.cpu - before.cpu, allocations: after.allocations - before.allocations)
      measure.timed = load.received - received
      measure.sent = load.sent
      measure.received = load.received
      measure.wrong = load.wrong
      measure.dropped = after.dropped
      load.close()
      node.stop()
    }
  }

  // MARK: The load

  private func drive(
    _ load: Load, entry: Address, nodes: [ChildNode], into measure: inout Measure
  ) throws(BenchError) {
    try connect(load, entry)
    rig.measure(load, nodes: nodes, into: &measure)
    let pacer = try load.connect(entry) { id in Self.stream(id, load, first: Self.pacedFrom, step: 1) }
    try load.wait("connecting") { pacer.isOpen }
    load.paced(pacer, from: Self.pacedFrom, rig.pacedCount, perSecond: RelayRig.pacedPerSecond)
    load.drain()
  }

  private func connect(_ load: Load, _ entry: Address) throws(BenchError) {
    load.limit = Self.pacedFrom
    for number in 0..<RelayRig.links {
      let stream = try load.connect(entry) { id in Self.stream(id, load, first: number, step: RelayRig.links) }
      try load.wait("connecting") { stream.isOpen }
    }
  }

  /// A client's link; what comes back on it is an answer.
  private static func stream(_ id: ConnectionID, _ load: Load, first: Int, step: Int) -> Stream {
    let cargo = PlainCargo()
    return Stream(id, load.network, isConnecting: true, cargo: cargo, first: first, step: step) { frame in
      check(frame, cargo, load)
    }
  }

  /// What the node sends to: a sink that looks at every byte behind the circuit's id.
  private static func listen(_ load: Load) throws(BenchError) -> Address {
    let cargo = PlainCargo()
    return try load.listen { id in
      Stream(id, load.network, isConnecting: false) { frame in
        check(frame.extracting(min(8, frame.count)...), cargo, load)
      }
    }
  }

  private static func check(_ frame: Span<UInt8>, _ cargo: PlainCargo, _ load: Load) {
    if let number = cargo.number(of: frame) { load.arrived(number) } else { load.wrong += 1 }
  }

  private static func config(workers: Int, type: String, next: Address?) -> String {
    """
    [node]
    name = "\(type)"
    [pipeline]
    workers = \(workers)
    [log]
    level = "warn"
    [chain.relay]
    listen = "127.0.0.1:0"
    decode = ["plain"]
    forward = ["circuit"]
    [circuit]
    type = "\(type)"
    \(next.map { "next = \"\($0)\"" } ?? "service = \"echo\"")
    """
  }
}
