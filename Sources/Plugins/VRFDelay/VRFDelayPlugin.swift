public import MixHost

extension Plugin {
  /// Delays and peers that follow from a verifiable random function.
  public static let vrfDelay = Plugin(
    name: "vrf", summary: "delays and peers that nobody can choose and everybody can check (RFC 9381)",
    stages: [.vrfDelay, .vrfPeers])
}
