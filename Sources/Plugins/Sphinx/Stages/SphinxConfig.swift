import MixHost
import MixNet

/// What `[sphinx]` says.
struct SphinxConfig: Sendable {
  enum Format: String, CaseIterable, Sendable {
    case nym
  }

  let format: Format
  let size: SphinxSize
  let keyFile: String

  init(from table: inout ConfigTable) {
    format = table.choice("format", default: .nym, "the packets' layout, byte for byte")
    let payload = table.int(
      "payload_size", default: SphinxSize.regular.payload, in: SphinxSize.payloads,
      "bytes of a packet's payload, the same in the whole network")
    size = (try? SphinxSize(payload: payload)) ?? .regular
    keyFile = table.path(
      "key_file", default: "sphinx.key", "the node's secret key, 64 hex digits, mode 0600; in the state folder")
  }

  /// Sphinx frames have one size.
  var shape: DecodeShape {
    DecodeShape(
      framing: .peer, limits: FrameLimits(size.packet...size.packet),
      protocolName: "hearsay sphinx \(format.rawValue) \(size.payload)", scratchSize: SphinxSecrets.size)
  }

  /// Reads the node's key; nil, and a mistake is reported, when it cannot be used.
  func readKey(_ context: inout LoadContext) -> SphinxSecretKey? {
    if let listed = context.node.directory.payloadSize, listed != size.payload {
      context.mistake("'payload_size' is \(size.payload), but the network file says \(listed)")
    }
    return context.secretKey(
      in: keyFile, called: "the secret key", purpose: "sphinx", publicKey: { $0.publicKey },
      make: { try? SphinxSecretKey($0) })
  }
}
