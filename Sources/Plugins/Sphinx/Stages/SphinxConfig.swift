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
  let x25519: X25519Choice

  init(from table: inout ConfigTable) {
    format = table.choice("format", default: .nym, "the packets' layout, byte for byte")
    let payload = table.int(
      "payload_size", default: SphinxSize.regular.payload, in: SphinxSize.payloads,
      "bytes of a packet's payload, the same in the whole network")
    size = (try? SphinxSize(payload: payload)) ?? .regular
    keyFile = table.path(
      "key_file", default: "sphinx.key", "the node's secret key, 64 hex digits, mode 0600; in the state folder")
    x25519 = table.choice(
      "x25519", default: .auto,
      "what multiplies points: libsodium one after the other, crypto_mb eight at once, auto the quicker one here")
  }

  /// Sphinx frames have one size.
  var shape: DecodeShape {
    DecodeShape(
      framing: .peer, limits: FrameLimits(size.packet...size.packet),
      protocolName: "hearsay sphinx \(format.rawValue) \(size.payload)", scratchSize: SphinxSecrets.size)
  }

  /// What all workers share; nil, and every mistake is reported, when something cannot be used.
  func prepare(_ context: inout LoadContext) -> SphinxShared? {
    let multiplier = findMultiplier(&context)
    guard let key = readKey(&context), let multiplier else { return nil }
    return SphinxShared(key: key, multiplier: multiplier)
  }

  private func findMultiplier(_ context: inout LoadContext) -> (any PointMultiplier)? {
    do throws(LanesMissing) { return try x25519.multiplier() } catch {
      context.mistake(
        "'x25519' is \"\(x25519.rawValue)\", but \(error); \"auto\" takes libsodium where lanes cannot be had")
      return nil
    }
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

/// What the workers of a chain share.
struct SphinxShared: Sendable {
  let key: SphinxSecretKey
  let multiplier: any PointMultiplier
}
