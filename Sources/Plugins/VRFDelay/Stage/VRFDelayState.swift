import MixHost
import MixNet

/// What the stage begins with: the node's key, and what it left behind when it last ran.
struct VRFDelayState: Sendable {
  let key: VRFSecretKey
  let marker: EpochMarker?
  /// Whether there was a marker that nobody can read. The node goes on all the same: only a clock that was set back as well
  /// could bring an old epoch again.
  let hasLostMarker: Bool
  /// The wall clock at loading.
  let wall: WallTime

  /// Reads key and marker; nil, and a mistake is reported, when one cannot be used.
  init?(_ config: VRFDelayConfig, _ context: inout LoadContext) {
    let key: VRFSecretKey? = context.secretKey(
      in: config.keyFile, called: "the secret key of the VRF", purpose: "vrf", publicKey: { $0.publicKey.bytes },
      make: { VRFSecretKey($0) })
    guard let key else { return nil }
    self.key = key
    wall = context.wall
    let path = Self.markerPath(context.plan.name, context.node)
    let file = try? context.files.read(path, limit: EpochMarker.sizeMax)
    let marker = file.flatMap { EpochMarker($0.bytes) }
    hasLostMarker = file != nil && marker == nil
    // Epochs of another length have other proofs.
    self.marker = marker?.seconds == config.epochSeconds ? marker : nil
  }

  /// Where the stage keeps which epoch it is in.
  static func markerPath(_ chain: String, _ node: NodeFacts) -> String { path("vrf_delay", chain, node) }

  /// The file of a stage of a chain: a chain's name may be any text, and its file's name is one.
  static func path(_ stage: String, _ chain: String, _ node: NodeFacts) -> String {
    let isPlain = chain.utf8.allSatisfy {
      $0 < 0x80 && ($0 == 0x2d || $0 == 0x5f || Character(Unicode.Scalar($0)).isWord)
    }
    return node.path(stage + "." + (isPlain ? chain : Fingerprint.of(chain).description))
  }

  /// Where it publishes its proofs.
  static func proofsPath(_ node: NodeFacts) -> String { node.path("proofs") }
}

extension Character {
  fileprivate var isWord: Bool { isLetter || isNumber }
}
