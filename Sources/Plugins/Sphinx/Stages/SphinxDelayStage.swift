package import MixHost
import MixNet

/// What `[sphinx_delay]` says.
struct SphinxDelayConfig: Sendable {
  let max: Nanos

  init(from table: inout ConfigTable) {
    max = table.milliseconds(
      "max_ms", default: 10_000, in: 0...3_600_000, "no packet waits longer, whatever its header asks for")
  }
}

/// The delay that a packet's sender chose, up to a maximum.
final class SphinxDelayStage: DelayStage {
  private let max: Nanos

  init(_ config: SphinxDelayConfig) { max = Probe.knob("delay.max_ms", default: config.max, ms: 0...60) }

  func delay(
    _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ deadlines: inout Deadlines, _ turn: inout Turn
  ) {
    for i in batch.indices {
      Probe.sometimes("delay.capped", columns.headerDelay(i) > max)
      deadlines.add(i, min(columns.headerDelay(i), max))
    }
  }
}

extension StageDescriptor {
  /// `sphinx_delay`: the sender's delays.
  package static let sphinxDelay = StageDescriptor(
    .delay, "sphinx_delay", summary: "delays each packet as its header asks, up to a maximum", needs: .headerDelay,
    config: SphinxDelayConfig.init(from:),
    make: { (config: SphinxDelayConfig, _: inout StageBuilder) throws(BuildError) -> any DelayStage in
      SphinxDelayStage(config)
    })
}
