import MixHost
import MixNet

extension Benchmark {
  static let chain = Benchmark(
    name: "chain", summary: "host and light stages of six roles in one thread, without sockets; 64-byte packets"
  ) { (bench: Bench) throws(BenchError) in
    for batch in [1, 64, 128] {
      let plain = try ChainCase(batch: batch).run(bench)
      var watched = ChainCase(batch: batch)
      watched.isObserved = true
      bench.ratio(try watched.run(bench), to: plain)
    }
    var refusing = ChainCase(batch: 64)
    refusing.dropsEvery = 5
    try refusing.run(bench)
  }
}

/// One chain and how it is fed.
struct ChainCase {
  let batch: Int
  var isObserved = false
  /// The verify stage drops one packet of so many; 0: none.
  var dropsEvery: UInt64 = 0

  private static let poolKeeps = 256

  init(batch: Int) { self.batch = batch }

  private var name: String {
    "batch \(batch)" + (isObserved ? ", observed" : "") + (dropsEvery > 0 ? ", 1 of \(dropsEvery) dropped" : "")
  }

  @discardableResult
  func run(_ bench: Bench) throws(BenchError) -> Measure? {
    try bench.run(name) { (measure: inout Measure) throws(BenchError) in try run(bench, &measure) }
  }

  private func run(_ bench: Bench, _ measure: inout Measure) throws(BenchError) {
    let chain = try build()
    chain.begin()
    var run = Run(chain: chain, batch: batch, dropsEvery: dropsEvery)
    let piece = max(1, bench.size(100_000, quick: 1_000) / batch)
    // The first packets fill the pool, touch the memory and grow what grows.
    run.turns(2 * piece)
    let warm = run.sent
    var meter = Meter()
    repeat { meter.measure { run.turns(piece) } } while meter.sum.wall < bench.time
    let timed = Int(run.sent - warm)
    run.drain()
    measure.sent = Int(run.sent)
    measure.received = run.left.count
    measure.dropped = chain.dropped
    measure.wrong = run.wrong
    measure.timed = timed
    measure.cost = meter.sum
    measure.mustNotAllocate = true
    if run.left != run.expected { measure.fault("what came out is not what went in and was not to be dropped") }
    if run.shed > 0 { measure.fault("\(run.shed) packets found no slot") }
  }

  /// A chain that runs by itself, its clock standing still: nothing is delayed.
  private func build() throws(BenchError) -> LoneChain {
    let seen = LightCount()
    let every = dropsEvery
    var stages: [ChainBlueprint.Stage] = [
      stage("admission", .verify) { (_: inout StageBuilder) in .admission(LightAdmission()) },
      stage("decode", .decode) { (_: inout StageBuilder) in .decode(LightDecode()) },
      stage("verify", .verify) { (_: inout StageBuilder) in .verify(LightVerify(every: every, seen: seen)) },
      stage("delay", .delay) { (_: inout StageBuilder) in .delay(LightDelay()) },
      stage("pool", .mix) { (builder: inout StageBuilder) in .mix(LightPool(keeps: Self.poolKeeps, &builder)) },
      stage("forward", .forward) { (_: inout StageBuilder) in .forward(LightForward()) },
    ]
    if isObserved {
      stages.append(stage("observer", .observe) { (_: inout StageBuilder) in .observe(LightObserver()) })
    }
    let shape = DecodeShape(framing: .raw, limits: FrameLimits(1...Stamp.size), protocolName: "hearsay bench")
    let plan = ChainPlan.lone(
      "bench", shape: shape, stages: stages.map(\.name), batchSize: batch, poolSize: 4_096)
    let facts = NodeFacts(name: "bench", address: Bytes32(), state: "state", directory: NetworkDirectory())
    do throws(BuildError) {
      return try LoneChain(
        ChainBlueprint(plan: plan, stages: stages, offers: [:]), node: facts, seed: Seed(1), now: Run.now,
        wall: WallTime(ns: 0))
    } catch { throw BenchError(error.description) }
  }

  private func stage(_ name: String, _ role: StageRole, _ make: @escaping PreparedStage) -> ChainBlueprint.Stage {
    ChainBlueprint.Stage(name: name, role: role, make: make)
  }
}

/// A chain under way.
private struct Run {
  let chain: LoneChain
  let batch: Int
  let dropsEvery: UInt64
  private(set) var sent: UInt64 = 0
  private(set) var expected = NumberSet()
  private(set) var left = NumberSet()
  private(set) var wrong = 0
  /// Packets for which there was no slot.
  private(set) var shed = 0
  private var stamp = Stamp()

  static let now = Instant(ns: 1_000_000_000)

  init(chain: LoneChain, batch: Int, dropsEvery: UInt64) {
    self.chain = chain
    self.batch = batch
    self.dropsEvery = dropsEvery
  }

  /// Feeds one batch a turn.
  mutating func turns(_ count: Int) {
    for _ in 0..<count {
      for _ in 0..<batch { feed() }
      step()
    }
  }

  private mutating func feed() {
    stamp.set(sent)
    if stamp.withBytes({ chain.feed($0, on: .incoming(0)) }) == nil {
      shed += 1
    } else if !LightVerify.drops(sent, every: dropsEvery) {
      expected.add(sent)
    }
    sent += 1
  }

  private mutating func step() {
    let chain = chain
    var (left, wrong) = (left, wrong)
    _ = chain.step(at: Self.now) { Self.take($0, of: chain, &left, &wrong) }
    (self.left, self.wrong) = (left, wrong)
  }

  mutating func drain() {
    let chain = chain
    while chain.held > 0 { chain.drain { Self.take($0, of: chain, &left, &wrong) } }
  }

  private static func take(_ exit: LoneExit, of chain: LoneChain, _ left: inout NumberSet, _ wrong: inout Int) {
    if let number = chain.look(at: exit.slot, skipping: exit.skip, Stamp.number(of:)) {
      left.add(number)
    } else {
      wrong += 1
    }
  }
}
