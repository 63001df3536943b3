import MixNet

/// A proof of the suite ECVRF-EDWARDS25519-SHA512-TAI, in its one encoding of 80 bytes (RFC 9381, section 5).
public struct VRFProof: Hashable, Sendable, CustomStringConvertible {
  /// Bytes of a proof.
  public static let size = 80

  let gamma: Bytes32
  let challenge: Bytes16
  let response: Bytes32

  init(gamma: Bytes32, challenge: Bytes16, response: Bytes32) {
    self.gamma = gamma
    self.challenge = challenge
    self.response = response
  }

  /// The proof in these bytes; nil when there are not 80 of them, the point is none of the prime-order group or not encoded
  /// canonically, or the response is not below the group's order. Whether it proves anything is another question:
  /// ``VRFPublicKey/verify(_:_:)``.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    gamma = Bytes32(bytes)
    challenge = Bytes16(bytes, at: 32)
    response = Bytes32(bytes, at: 48)
    guard response.isCanonicalScalar, EdwardsPoint(gamma) != nil else { return nil }
  }

  /// The 80 bytes: Gamma, c and s.
  public var bytes: [UInt8] { gamma.array + challenge.array + response.array }

  /// Lower-case hex.
  public var description: String { Hex.text(bytes) }

  /// What the proof stands for (RFC 9381, section 5.2), once it has been verified; without that it is of no meaning.
  var output: VRFOutput? {
    guard let point = EdwardsPoint(clearingCofactorOf: gamma) else { return nil }
    var hash = SHA512(suiteFunction: VRFSuite.proofToHash)
    hash.add(point.bytes)
    hash.add(VRFSuite.end)
    return VRFOutput(hash.finish())
  }
}

/// The 64 bytes that a secret key and an input give: nobody can tell them from random bytes without the key or a proof, and
/// there are no others for this key and input.
public struct VRFOutput: Sendable {
  let hash: InlineArray<64, UInt8>

  init(_ hash: InlineArray<64, UInt8>) { self.hash = hash }

  /// The 64 bytes.
  public var bytes: [UInt8] { hash.indices.map { hash[$0] } }
}
