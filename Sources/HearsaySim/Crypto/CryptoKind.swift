import CoverTraffic
import Gossip
import MixHost
import MixNet
import Pool
import Relay
import Reputation
import Sphinx
import VRFDelay

/// Which packets a simulated network carries.
enum CryptoKind: String, CaseIterable, Sendable {
  /// Sphinx, as real nodes speak it.
  case real
  /// A stand-in of the same sizes and the same structure, with operations that cost next to nothing; see ``StubFormat``.
  case stub

  /// What the nodes are linked with.
  var plugins: [Plugin] {
    switch self {
    case .real: [.sphinx, .vrfDelay, .pool, .coverTraffic, .reputation, .gossip, .relay]
    case .stub: [.stubSphinx, .vrfDelay, .pool, .coverTraffic, .reputation, .gossip, .relay]
    }
  }

  /// A node's key, as the directory lists it, for the text of its key file.
  func publicKey(of secret: SphinxSecretKey, file: [UInt8]) -> Bytes32 {
    switch self {
    case .real: secret.publicKey
    case .stub: StubFormat.key(ofFile: file)
    }
  }

  /// A client's half of the format.
  func forge(_ directory: NetworkDirectory) -> any PacketForge {
    switch self {
    case .real: SphinxForge(directory)
    case .stub: StubForge(directory)
    }
  }
}
