import MixHost
import MixNet
import Sphinx

/// The stages of a Sphinx node in one thread: sphinx, replay, sphinx_delay, and a forward stage that sends everything on.
struct SphinxChainCase {
  let route: MixRoute
  private static let batch = 128
  /// One packet of so many is one that was here before.
  private static let repeatsEvery = 8

  func run(_ bench: Bench) throws(BenchError) {
    var measure = Measure("whole chain, 1 of 9 replayed")
    let chain = try SphinxStages(route, batch: Self.batch).chain()
    let packets = try route.packets(bench.size(6_000, quick: 300))
    let order = packets.indices.flatMap { $0 % Self.repeatsEvery == 0 ? [$0, $0] : [$0] }
    var times = [Int](repeating: 0, count: packets.count)
    var exits = ExitLog(capacity: Self.batch, size: route.size.packet)
    for start in stride(from: 0, to: order.count, by: Self.batch) {
      let fed = order[start..<min(start + Self.batch, order.count)]
      for i in fed {
        let packet = packets[i]
        if chain.feed(packet.span, on: .incoming(0)) == nil { measure.fault("no slot is free") }
      }
      // The first batch grows what grows.
      if start == 0 { exits.turn(chain) } else { measure.cost.measure { exits.turn(chain) } }
      for packet in exits.take() {
        if let number = route.deliver(packet, from: 1), times.indices.contains(number) { times[number] += 1 }
      }
    }
    measure.timed = order.count - Self.batch
    measure.sent = order.count
    measure.received = times.count { $0 == 1 }
    measure.dropped = order.count - packets.count
    measure.wrong = times.count { $0 > 1 }
    if chain.accounts != (order.count, order.count) { measure.fault("the host's counts are others: \(chain.accounts)") }
    bench.show(measure)
  }
}

/// The stages of a Sphinx node, prepared: what workers share is in them, and each builds a chain of its own.
struct SphinxStages: Sendable {
  private let plan: ChainPlan
  private let facts: NodeFacts
  private let stages: [(String, StageRole, PreparedStage)]

  init(_ route: MixRoute, batch: Int) throws(BenchError) {
    let file = ConfigFile(text: "[replay]\ntags_max = 1048576\nfile = \"\"\n")
    let descriptors: [StageDescriptor] = [.sphinx, .replay, .sphinxDelay]
    let configured = descriptors.map { descriptor in
      var table = file.table(descriptor.name, as: .stage)
      return descriptor.configure(&table)
    }
    guard let shape = configured[0].shape else { throw BenchError("the sphinx stage has no shape") }
    plan = ChainPlan.lone(
      "bench", shape: shape, stages: descriptors.map(\.name) + ["forward"], batchSize: batch, poolSize: 1_024)
    facts = NodeFacts(name: "bench", address: route.hops[0].address, state: "", directory: NetworkDirectory())
    var context = LoadContext(plan: plan, node: facts, files: OneKey(key: route.keys[0]), wall: WallTime(ns: 0))
    var stages: [(String, StageRole, PreparedStage)] = []
    for (descriptor, configured) in zip(descriptors, configured) {
      guard let make = configured.prepare(&context) else {
        throw BenchError(context.mistakes.first ?? "\(descriptor.name) cannot be prepared")
      }
      stages.append((descriptor.name, descriptor.role, make))
    }
    stages.append(("forward", .forward, { _ in .forward(LightForward()) }))
    self.stages = stages
  }

  func chain() throws(BenchError) -> LoneChain { try LightStages.chain(plan, facts, stages) }
}

/// Copies of what has left a chain.
struct ExitLog {
  private let size: Int
  private var bytes: [UInt8]
  private(set) var count = 0

  init(capacity: Int, size: Int) {
    self.size = size
    bytes = [UInt8](repeating: 0, count: capacity * size)
  }

  /// Runs all that was fed; what leaves is copied aside.
  mutating func turn(_ chain: LoneChain) {
    var more = true
    while more { more = chain.step(at: LightStages.now) { keep($0, of: chain) } }
  }

  private mutating func keep(_ exit: LoneExit, of chain: LoneChain) {
    chain.look(at: exit.slot, skipping: exit.skip) { packet in
      guard packet.count == size, (count + 1) * size <= bytes.count else { return }
      let start = count * size
      unsafe bytes.withUnsafeMutableBufferPointer { bytes in
        unsafe packet.withUnsafeBufferPointer { packet in
          guard let to = bytes.baseAddress, let from = packet.baseAddress else { return }
          unsafe (to + start).update(from: from, count: size)
        }
      }
      count += 1
    }
  }

  mutating func take() -> [[UInt8]] {
    defer { count = 0 }
    return (0..<count).map { Array(bytes[$0 * size..<($0 + 1) * size]) }
  }
}
