import MixHost

/// Sends every packet back on the link that it came on.
final class EchoStage: ForwardStage {
  private let config: EchoConfig
  private var echoed = 0

  init(_ config: EchoConfig, _ builder: inout StageBuilder) { self.config = config }

  func forward(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets, _ verdicts: inout Verdicts,
    _ turn: inout Turn
  ) {
    for i in batch.indices {
      // A packet of the node's own came on no link. What is said nothing about goes to the next forward stage.
      guard batch.link(i) != .none, batch.size(i) <= config.sizeMax else { continue }
      if outlets.send(i, on: batch.link(i)) { echoed += 1 } else { verdicts.drop(i, .queueFull) }
    }
  }

  func status() -> [StatusField] { [StatusField("echoed", .int(echoed))] }
}
