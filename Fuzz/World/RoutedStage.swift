import MixHost
import MixNet

/// A decode stage without cryptography: a packet says its own route in its first 50 bytes, so that what stands behind a
/// decode stage can be reached with any route.
final class RoutedStage: DecodeStage {
  static let headerSize = 50

  func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices {
      let bytes = batch.bytes(i)
      let address = Bytes32(bytes, at: 1)
      let identifier = Bytes16(bytes, at: 33)
      columns.setID(i, address)
      switch bytes[0] % 4 {
      case 0: columns.setRoute(i, .node(address))
      case 1: break
      default: columns.setRoute(i, .destination(address, identifier: identifier))
      }
    }
  }

  func finish(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {
    for i in batch.indices { _ = batch.trim(i, front: Self.headerSize) }
  }
}

extension Plugin {
  static let routed = Plugin(
    name: "routes", summary: "routes for a fuzzer",
    stages: [
      StageDescriptor(
        .decode, "routed", summary: "reads a route", provides: [.id, .route],
        config: { (_: inout ConfigTable) in true },
        shape: { _ in
          DecodeShape(
            framing: .raw, limits: FrameLimits(RoutedStage.headerSize...4_096), protocolName: "hearsay fuzz routed")
        },
        make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in RoutedStage() })
    ])
}
