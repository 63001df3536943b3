import MixHost
import MixNet
import Synchronization

// Stages that do as little as their role can mean, so that what is measured is the host.

/// A chain of them that runs by itself.
enum LightStages {
  static let now = Instant(ns: 1_000_000_000)
  private static let poolKeeps = 256

  /// - Parameter every: the verify stage drops one packet of so many; 0: none.
  static func chain(batch: Int, dropsEvery every: UInt64) throws(BenchError) -> LoneChain {
    let seen = LightCount()
    let stages: [(String, StageRole, PreparedStage)] = [
      ("admission", .verify, { _ in .admission(LightAdmission()) }),
      ("decode", .decode, { _ in .decode(LightDecode()) }),
      ("verify", .verify, { _ in .verify(LightVerify(every: every, seen: seen)) }),
      ("delay", .delay, { _ in .delay(LightDelay()) }),
      ("pool", .mix, { builder in .mix(LightPool(keeps: poolKeeps, &builder)) }),
      ("forward", .forward, { _ in .forward(LightForward()) }),
    ]
    let shape = DecodeShape(framing: .raw, limits: FrameLimits(1...Stamp.size), protocolName: "hearsay bench")
    let plan = ChainPlan.lone("bench", shape: shape, stages: stages.map(\.0), batchSize: batch, poolSize: 4_096)
    let facts = NodeFacts(name: "bench", address: Bytes32(), state: "", directory: NetworkDirectory())
    return try chain(plan, facts, stages)
  }

  /// A chain of these stages.
  static func chain(
    _ plan: ChainPlan, _ facts: NodeFacts, _ stages: [(String, StageRole, PreparedStage)]
  ) throws(BenchError) -> LoneChain {
    let stages = stages.map { ChainBlueprint.Stage(name: $0.0, role: $0.1, make: $0.2) }
    do throws(BuildError) {
      let chain = try LoneChain(
        ChainBlueprint(plan: plan, stages: stages, offers: [:]), node: facts, seed: Seed(1), now: now,
        wall: WallTime(ns: 0))
      chain.begin()
      return chain
    } catch { throw BenchError(error.description) }
  }
}

/// Lets everything in that has a size.
final class LightAdmission: AdmissionStage {
  func admit(_ arrivals: borrowing Arrivals, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in arrivals.indices where arrivals.size(i) == 0 { verdicts.drop(i, .wrongSize) }
  }
}

/// Names each packet by its first bytes.
final class LightDecode: DecodeStage {
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      let number = unsafe batch.bytes(i).bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)
      columns.setID(i, Bytes32(words: [number, 0, 0, 0]))
    }
  }
}

/// Drops one packet of `every`, and takes one lock a batch, as a set of what was seen does.
final class LightVerify: VerifyStage {
  private let every: UInt64
  private let seen: LightCount

  init(every: UInt64, seen: LightCount) {
    self.every = every
    self.seen = seen
  }

  /// Whether packet `number` is one that is dropped.
  static func drops(_ number: UInt64, every: UInt64) -> Bool { every > 0 && number % every == 0 }

  func verify(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    let count = batch.count
    seen.value.withLock { $0 += count }
    for i in batch.indices where Self.drops(columns.id(i).words[0], every: every) { verdicts.drop(i, .invalid) }
  }
}

/// What the verify stages of all workers count together.
final class LightCount: Sendable {
  let value = Mutex<Int>(0)
}

/// Adds the delay of the header, which is none.
final class LightDelay: DelayStage {
  func delay(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ deadlines: inout Deadlines, _ turn: inout Turn
  ) {
    for i in batch.indices { deadlines.add(i, columns.headerDelay(i)) }
  }
}

/// A pool that keeps some packets and lets those above go, any of them.
final class LightPool: MixStage {
  private var held: Hold
  private var random: RandomStream
  private let keeps: Int

  init(keeps: Int, _ builder: inout StageBuilder) {
    self.keeps = keeps
    held = Hold(capacity: keeps + builder.plan.batchSize)
    random = builder.random()
  }

  func hold(
    _ batch: inout MixBatch, _ columns: borrowing Decoded, _ deadlines: borrowing Deadlines, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.packets.indices where !held.isFull { held.insert(batch.take(i)) }
  }

  func release(into batch: inout MixBatch, _ turn: inout Turn) { letGo(into: &batch, above: keeps) }
  func drain(into batch: inout MixBatch, _ turn: inout Turn) { letGo(into: &batch, above: 0) }

  private func letGo(into batch: inout MixBatch, above: Int) {
    while held.count > above, batch.room > 0 {
      batch.append(held.remove(at: Int(random.below(UInt64(held.count)))))
    }
  }
}

/// Sends each packet back on its link.
final class LightForward: ForwardStage {
  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.indices where !outlets.send(i, on: batch.link(i)) { verdicts.drop(i, .queueFull) }
  }
}

/// Counts the packets that go on after each phase.
final class LightObserve: ObserveStage {
  /// Those of a chain without admission and mix stages.
  static let phases = 5
  private let seen: LightCount

  init(_ seen: LightCount) { self.seen = seen }

  func observe(
    _ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn
  ) {
    var count = 0
    for i in batch.indices where verdicts.reason(i) == nil { count += 1 }
    let sum = count
    seen.value.withLock { $0 += sum }
  }
}

extension Plugin {
  /// The stage `bench_count`, whose count is `seen`.
  static func benchCount(_ seen: LightCount) -> Plugin {
    let stage = StageDescriptor(
      .observe, "bench_count", summary: "counts what it sees", config: { (_: inout ConfigTable) in true },
      make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any ObserveStage in LightObserve(seen) })
    return Plugin(name: "bench", summary: "a stage of the benchmarks", stages: [stage])
  }
}
