package import MixHost
import MixNet

/// What `[plain]` says.
struct PlainConfig: Sendable {
  let frameMax: Int

  init(from table: inout ConfigTable) {
    frameMax = table.int(
      "frame_max", default: 65_536, in: 16...1_048_576,
      "largest body of a frame, in bytes; between nodes 8 of them are the circuit id")
  }
}

/// Decode without cryptography: a frame is a packet as it is.
final class PlainStage: DecodeStage {
  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {}
}

extension StageDescriptor {
  /// `plain`: frames as they are, for the plain relay.
  package static let plain = StageDescriptor(
    .decode, "plain", summary: "takes frames as they are: the plain relay",
    config: PlainConfig.init(from:),
    shape: { DecodeShape(framing: .raw, limits: FrameLimits(1...$0.frameMax), protocolName: "hearsay plain") },
    make: { (_: PlainConfig, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in PlainStage() })
}
