package import MixNet

/// One epoch of a node, seen by somebody who sent packets through it: which delays they had to have.
package struct DelayAudit: ~Copyable {
  private let delays: EpochDelays

  /// An audit under a proof; nil when the proof is not the one of this key and epoch.
  package init?(_ key: VRFPublicKey, _ epoch: EpochName, _ proof: VRFProof, _ law: DelayLaw) {
    let input = epoch.input
    guard let output = key.verify(proof, input.span) else { return nil }
    delays = EpochDelays(output, law)
  }

  /// The delay that the packet with this replay tag had to have.
  package func delay(of tag: Bytes32) -> Nanos { delays.delay(of: tag) }
}
