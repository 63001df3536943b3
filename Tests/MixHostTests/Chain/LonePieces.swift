import MixNet

@testable import MixHost

/// A chain on one worker, of stages that are closures.
struct LonePieces {
  let chain: LoneChain
  private(set) var now = Instant(ns: 1_000_000_000)

  /// Frames of 8 to `frameMax` bytes; the stages in their order, a decode and a forward stage among them.
  init(
    _ stages: [@Sendable (inout StageBuilder) -> BuiltStage], batchSize: Int = 8, poolSize: Int = 64,
    frameMax: Int = 64
  ) throws {
    let shape = DecodeShape(framing: .raw, limits: FrameLimits(8...frameMax), protocolName: "pieces")
    let names = stages.indices.map { "stage-\($0)" }
    let plan = ChainPlan.lone("pieces", shape: shape, stages: names, batchSize: batchSize, poolSize: poolSize)
    let facts = NodeFacts(name: "node", address: Bytes32(), state: "state", directory: NetworkDirectory())
    let blueprint = ChainBlueprint(
      plan: plan,
      stages: zip(names, stages).map { name, make in
        ChainBlueprint.Stage(name: name, role: .observe) { (builder: inout StageBuilder) in make(&builder) }
      }, offers: [:])
    chain = try LoneChain(blueprint, node: facts, seed: Seed(7), now: now, wall: WallTime(ns: 0))
    chain.begin()
  }

  /// Feeds packets whose first byte is their number; false when there was no slot for one.
  func feed(_ numbers: Range<UInt8>) -> Bool {
    numbers.allSatisfy { number in
      let bytes = [UInt8](repeating: number, count: 8)
      return chain.feed(bytes.span, on: .incoming(0)) != nil
    }
  }

  /// Runs at a time so much later; the first byte of each packet that left, in order.
  mutating func run(after time: Nanos = .zero) -> [UInt8] {
    now = now + time
    var left: [UInt8] = []
    while chain.step(at: now, { left.append(chain.bytes(of: $0.slot)[0]) }) {}
    return left
  }

  /// Drains; the first byte of each packet that left, in order.
  func drain() -> [UInt8] {
    var left: [UInt8] = []
    for _ in 0..<8 where chain.held > 0 { chain.drain { left.append(chain.bytes(of: $0.slot)[0]) } }
    return left
  }
}

/// Packets as they are.
final class AsTheyAre: DecodeStage {
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {}
  static let make: @Sendable (inout StageBuilder) -> BuiltStage = { _ in .decode(AsTheyAre()) }
}

/// Everything back on its link.
final class AllBack: ForwardStage {
  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.indices where !outlets.send(i, on: batch.link(i)) { verdicts.drop(i, .queueFull) }
  }
  static let make: @Sendable (inout StageBuilder) -> BuiltStage = { _ in .forward(AllBack()) }
}
