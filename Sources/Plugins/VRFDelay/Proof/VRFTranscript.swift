package import MixNet

/// The two hashes that prover and verifier compute alike.
package enum VRFTranscript {
  /// The point that an input stands for: the first of 256 hashes that encodes one, times the cofactor (RFC 9381, section
  /// 5.4.1.1). The time that it takes tells of the input, which is not secret. Nil in one of 2^256 cases.
  static func encodeToCurve(_ key: Bytes32, _ input: Span<UInt8>) -> EdwardsPoint? {
    for counter in 0...255 as ClosedRange<UInt8> {
      if let point = point(key, input, counter) { return point }
    }
    return nil
  }

  /// How many hashes it takes until one encodes a point.
  package static func tries(_ key: Bytes32, _ input: Span<UInt8>) -> Int {
    var counter: UInt8 = 0
    while counter < 255, point(key, input, counter) == nil { counter += 1 }
    return Int(counter) + 1
  }

  private static func point(_ key: Bytes32, _ input: Span<UInt8>, _ counter: UInt8) -> EdwardsPoint? {
    var hash = SHA512(suiteFunction: VRFSuite.encodeToCurve)
    hash.add(key)
    hash.add(input)
    hash.add(counter)
    hash.add(VRFSuite.end)
    let bytes = hash.finish()
    return EdwardsPoint(clearingCofactorOf: Bytes32(bytes.span))
  }

  /// The challenge of five points (RFC 9381, section 5.4.3).
  static func challenge(
    _ key: Bytes32, _ input: EdwardsPoint, _ gamma: Bytes32, _ u: EdwardsPoint, _ v: EdwardsPoint
  ) -> Bytes16 {
    var hash = SHA512(suiteFunction: VRFSuite.challenge)
    hash.add(key)
    hash.add(input.bytes)
    hash.add(gamma)
    hash.add(u.bytes)
    hash.add(v.bytes)
    hash.add(VRFSuite.end)
    let bytes = hash.finish()
    return Bytes16(bytes.span)
  }
}

extension Bytes16 {
  /// The number as a scalar of 32 bytes.
  var scalar: Bytes32 { Bytes32(words: [words[0], words[1], 0, 0]) }
}
