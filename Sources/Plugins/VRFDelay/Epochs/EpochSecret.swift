/// What a node computes once an epoch: its proof, which stays secret until the epoch is over, and what follows from it.
struct EpochSecret {
  let proof: VRFProof
  let output: VRFOutput

  /// Nil in one of 2^252 cases.
  init?(_ key: VRFSecretKey, _ epoch: EpochName) {
    let input = epoch.input
    guard let proof = key.prove(input.span), let output = proof.output else { return nil }
    self.proof = proof
    self.output = output
  }
}
