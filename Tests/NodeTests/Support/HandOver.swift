import MixNet

@testable import MixHost

/// A plugin of one stage: `hand_over` gives every packet to the chain named `second`.
enum HandOver {
  static let plugin = Plugin(
    name: "hand_over", summary: "gives packets to another chain",
    stages: [
      StageDescriptor(
        .forward, "hand_over", summary: "gives packets to another chain",
        config: { (_: inout ConfigTable) in true },
        make: { (_: Bool, builder: inout StageBuilder) throws(BuildError) -> any ForwardStage in
          guard let second = builder.chain("second") else { throw BuildError("there is no chain 'second'") }
          return HandOverStage(second: second)
        })
    ])
}

private final class HandOverStage: ForwardStage {
  private let second: ChainRef
  init(second: ChainRef) { self.second = second }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
    _ verdicts: inout Verdicts, _ turn: inout Turn
  ) {
    for i in batch.indices where !outlets.hand(i, to: second) { verdicts.drop(i, .queueFull) }
  }
}
