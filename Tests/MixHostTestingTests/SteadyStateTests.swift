import MixHost
import MixHostTesting
import MixNet
import Testing

/// The whole way of a packet through the host: admission, decode, verify, finish, delay, the wait, mix, forward, with an
/// observer looking on at each step.
@Suite struct SteadyStateTests {
  /// 100,000 packets, after a warm-up, without one allocation. In a debug build the language itself allocates, and only the
  /// accounts are looked at.
  @Test func thePathOfAPacketAllocatesNothing() throws {
    var flow = try Flow()
    flow.run(packets: 30_000)
    let before = flow.left
    let counter = AllocationCounter()
    flow.run(packets: 100_000)
    let allocations = counter.count
    let left = flow.left - before

    let (came, went) = flow.chain.accounts
    #expect(came == went + flow.chain.held)
    #expect(left > 99_000 && left + flow.chain.held > 100_000)
    if AllocationCounter.works, !isDebugBuild { #expect(allocations == 0) }
    for _ in 0..<8 where flow.chain.held > 0 { flow.chain.drain { _ in } }
    #expect(flow.chain.held == 0 && flow.chain.free == flow.chain.slots)
  }

  /// The counter counts what this thread takes, and nothing else.
  @Test(.enabled(if: AllocationCounter.works)) func theCounterCounts() {
    let counter = AllocationCounter()
    let none = counter.count
    var arrays: [[UInt8]] = []
    arrays.reserveCapacity(100)
    for size in 1...100 { arrays.append([UInt8](repeating: 1, count: size * 1_000)) }
    let (count, size) = (counter.count, counter.size)
    #expect(none == 0 && arrays.count == 100)
    #expect(count >= 101 && size >= 5_050_000)
  }
}

/// A chain of seven light stages under a steady load: 64 packets every 100 microseconds.
private struct Flow {
  let chain: LoneChain
  private(set) var left = 0
  private var now = Instant(ns: 1_000_000_000)
  private var packets: [[UInt8]] = []
  private var next = 0

  static let stages = [
    BucketStage.descriptor, MaskStage.descriptor, RecentStage.descriptor, JitterStage.descriptor, TimedPool.descriptor,
    MirrorStage.descriptor, TallyStage.descriptor,
  ]

  init() throws {
    let file = ConfigFile(
      text: "bucket.packets_s = 1_000_000\ntimed_pool.capacity = 4_096\nrecent.places = 512")
    let configured = Self.stages.map { stage in
      var table = file.table(stage.name, as: .stage)
      return stage.configure(&table)
    }
    let shape = try #require(configured.lazy.compactMap(\.shape).first)
    let plan = ChainPlan.lone(
      "flow", shape: shape, stages: Self.stages.map(\.name), batchSize: 64, poolSize: 16_384)
    let node = StageConformance.node
    var context = LoadContext(plan: plan, node: node, files: MemoryFiles(), wall: WallTime(ns: 0))
    var stages: [ChainBlueprint.Stage] = []
    for (descriptor, stage) in zip(Self.stages, configured) {
      let make = try #require(stage.prepare(&context))
      stages.append(.init(name: descriptor.name, role: descriptor.role, make: make))
    }
    chain = try LoneChain(
      ChainBlueprint(plan: plan, stages: stages, offers: [:]), node: node, seed: Seed(11), now: now,
      wall: WallTime(ns: 0))
    var random = RandomStream(seed: Seed(12))
    for _ in 0..<4_096 {
      var bytes = SamplePacket.bytes(64 + Int(random.below(193)), &random)
      bytes[0] &= 0x7f
      packets.append(bytes)
    }
    chain.begin()
  }

  mutating func run(packets count: Int) {
    var fed = 0
    var left = 0
    while fed < count {
      for _ in 0..<64 {
        let packet = packets[next]
        guard chain.feed(packet.span, on: .incoming(next % 4)) != nil else { break }
        next = next + 1 == packets.count ? 0 : next + 1
        fed += 1
      }
      now = now + .us(100)
      while chain.step(at: now, { exit in if chain.link(of: exit.slot) != nil { left += 1 } }) {}
    }
    self.left += left
  }
}
