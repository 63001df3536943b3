public import MixNet

/// A public key of the VRF: a point of the prime-order group, so that a key stands for one output an input.
public struct VRFPublicKey: Hashable, Sendable, CustomStringConvertible {
  /// The 32 bytes.
  public let bytes: Bytes32

  /// The key with these bytes (RFC 9381, section 5.4.5); nil when they encode no point, not canonically, one of low order or
  /// one with a part of low order.
  public init?(_ bytes: Bytes32) {
    guard EdwardsPoint(bytes) != nil else { return nil }
    self.bytes = bytes
  }

  init(trusted point: EdwardsPoint) { bytes = point.bytes }

  /// The output that a proof shows to be the one of this key and `input`; nil when it does not (RFC 9381, section 5.3). Some
  /// 500 us.
  public func verify(_ proof: VRFProof, _ input: Span<UInt8>) -> VRFOutput? {
    guard let key = EdwardsPoint(bytes), let gamma = EdwardsPoint(proof.gamma),
      let point = VRFTranscript.encodeToCurve(bytes, input)
    else { return nil }
    let challenge = proof.challenge.scalar
    // No honest prover has a zero among its scalars, but for a chance of 2^-128.
    guard let response = EdwardsPoint.base(times: proof.response), let known = key.times(challenge),
      let u = response - known,
      let answer = point.times(proof.response), let part = gamma.times(challenge), let v = answer - part
    else { return nil }
    guard VRFTranscript.challenge(bytes, point, proof.gamma, u, v) == proof.challenge else { return nil }
    return proof.output
  }

  /// Lower-case hex.
  public var description: String { bytes.description }
}
