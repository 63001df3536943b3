public import MixHost

extension Plugin {
  /// Delays that follow from a verifiable random function.
  public static let vrfDelay = Plugin(
    name: "vrf", summary: "delays that nobody can predict and everybody can audit (RFC 9381)", stages: [.vrfDelay])
}
