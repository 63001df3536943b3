import MixHost
import MixNet
import Sphinx

/// The stages of a Sphinx chain in one thread: sphinx, replay, sphinx_delay, and a forward stage that sends everything on.
struct SphinxChainCase {
  let batch: Int

  /// Every so many-th packet is one that was here before.
  private static let repeatsEvery = 8

  func run(_ bench: Bench) throws(BenchError) {
    try bench.run("chain, batch \(batch)") { (measure: inout Measure) throws(BenchError) in
      let route = MixRoute(hops: 2)
      let chain = try build(route)
      chain.begin()
      // About as many as the time is good for; each can go through once.
      let count = max(2 * batch, Int(bench.options.seconds * 6_000) / batch * batch)
      let packets = try route.packets(count)
      var run = SphinxChainRun(chain: chain, route: route)
      var meter = Meter()
      let order = (0..<count).flatMap { $0 % Self.repeatsEvery == 0 ? [$0, $0] : [$0] }
      for start in stride(from: 0, to: order.count, by: batch) {
        for i in order[start..<min(start + batch, order.count)] { run.feed(packets[i]) }
        if start == 0 { run.turn() } else { meter.measure { run.turn() } }
        if start == 0 { measure.timed = -run.fed }
        run.check()
      }
      measure.timed = (measure.timed ?? 0) + run.fed
      measure.sent = run.fed
      measure.received = run.left.count
      measure.dropped = chain.dropped
      measure.wrong = run.wrong
      measure.cost = meter.sum
      measure.mustNotAllocate = true
      var expected = NumberSet()
      for number in 0..<count { expected.add(UInt64(number)) }
      if run.left != expected { measure.fault("what came out is not each packet once") }
    }
  }

  private func build(_ route: MixRoute) throws(BenchError) -> LoneChain {
    let file = ConfigFile(text: "[replay]\ntags_max = 1048576\n")
    let descriptors: [StageDescriptor] = [.sphinx, .replay, .sphinxDelay]
    let configured = descriptors.map { descriptor in
      var table = file.table(descriptor.name, as: .stage)
      return descriptor.configure(&table)
    }
    guard let shape = configured[0].shape else { throw BenchError("the sphinx stage has no shape") }
    let names = descriptors.map(\.name) + ["forward"]
    let plan = ChainPlan.lone("bench", shape: shape, stages: names, batchSize: batch, poolSize: 1_024)
    let facts = NodeFacts(name: "bench", address: route.hops[0].address, state: "", directory: NetworkDirectory())
    var context = LoadContext(plan: plan, node: facts, files: OneKey(key: route.keys[0]), wall: WallTime(ns: 0))
    var stages: [ChainBlueprint.Stage] = []
    for (descriptor, configured) in zip(descriptors, configured) {
      guard let make = configured.prepare(&context) else {
        throw BenchError(context.mistakes.first ?? "\(descriptor.name) cannot be prepared")
      }
      stages.append(.init(name: descriptor.name, role: descriptor.role, make: make))
    }
    stages.append(.init(name: "forward", role: .forward) { (_: inout StageBuilder) in .forward(LightForward()) })
    do throws(BuildError) {
      return try LoneChain(
        ChainBlueprint(plan: plan, stages: stages, offers: [:]), node: facts, seed: Seed(8),
        now: SphinxChainRun.now, wall: WallTime(ns: 0))
    } catch { throw BenchError(error.description) }
  }
}

/// A Sphinx chain under way.
private struct SphinxChainRun {
  let chain: LoneChain
  let route: MixRoute
  private(set) var fed = 0
  private(set) var left = NumberSet()
  private(set) var wrong = 0
  /// What has left and was not looked at yet.
  private var exits: [UInt8]
  private var count = 0

  static let now = Instant(ns: 1_000_000_000)

  init(chain: LoneChain, route: MixRoute) {
    self.chain = chain
    self.route = route
    exits = [UInt8](repeating: 0, count: 512 * route.size.packet)
  }

  mutating func feed(_ packet: [UInt8]) {
    if chain.feed(packet.span, on: .incoming(0)) == nil { wrong += 1 }
    fed += 1
  }

  /// Runs all that was fed; what leaves is copied aside.
  mutating func turn() {
    let (chain, size) = (chain, route.size.packet)
    var (count, wrong) = (count, wrong)
    while chain.step(
      at: Self.now,
      { exit in
        let isWhole = chain.look(at: exit.slot, skipping: exit.skip) { bytes in
          guard bytes.count == size, (count + 1) * size <= exits.count else { return false }
          for i in 0..<size { exits[count * size + i] = bytes[i] }
          return true
        }
        if isWhole { count += 1 } else { wrong += 1 }
      })
    {}
    (self.count, self.wrong) = (count, wrong)
  }

  /// Delivers what has left.
  mutating func check() {
    let size = route.size.packet
    for i in 0..<count {
      if let number = route.deliver(Array(exits[i * size..<(i + 1) * size]), from: 1) {
        left.add(number)
      } else {
        wrong += 1
      }
    }
    count = 0
  }
}

/// The one file that a Sphinx chain reads: its key.
private struct OneKey: FileSource {
  let key: SphinxSecretKey

  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    (hexKey(key), 0o600)
  }
}

/// A secret key as its file has it.
func hexKey(_ key: SphinxSecretKey) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 32)
  var span = bytes.mutableSpan
  key.reveal(into: &span)
  return Array(Hex.text(bytes).utf8)
}
