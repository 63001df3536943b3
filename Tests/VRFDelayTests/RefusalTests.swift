import CSodium
import MixNet
import Testing

@testable import VRFDelay

/// What is no proof, or no key, is refused.
@Suite struct RefusalTests {
  private let secret = VRFSecretKey.test(7)
  private let input = Array("what is proved".utf8)

  private func proof() throws -> VRFProof { try #require(secret.prove(input)) }

  /// Each bit counts.
  @Test func everyForgedBitIsRefused() throws {
    let bytes = try proof().bytes
    #expect(secret.publicKey.verify(bytes, input) != nil)
    for bit in 0..<8 * VRFProof.size {
      var forged = bytes
      forged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(secret.publicKey.verify(forged, input) == nil, "bit \(bit)")
    }
  }

  @Test func otherSizesAreRefused() throws {
    let bytes = try proof().bytes
    for size in 0..<VRFProof.size { #expect(VRFProof.of(Array(bytes[..<size])) == nil) }
    #expect(VRFProof.of(bytes + [0]) == nil)
    #expect(VRFProof.of(bytes + bytes) == nil)
  }

  @Test func otherInputsAndKeysAreRefused() throws {
    let proof = try proof()
    #expect(secret.publicKey.verify(proof, []) == nil)
    #expect(secret.publicKey.verify(proof, input + [0]) == nil)
    #expect(VRFSecretKey.test(8).publicKey.verify(proof, input) == nil)
  }

  /// The response has one encoding: s + l says the same modulo l, and is refused.
  @Test func aResponseAboveTheOrderIsRefused() throws {
    let bytes = try proof().bytes
    let order = try #require(Hex.bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"))
    var (malleated, carry) = (bytes, 0)
    for i in 0..<32 {
      let sum = Int(bytes[48 + i]) + Int(order[i]) + carry
      malleated[48 + i] = UInt8(sum & 255)
      carry = sum >> 8
    }
    #expect(carry == 0)
    #expect(VRFProof.of(malleated) == nil)
    #expect(!Bytes32(order).isCanonicalScalar)
    #expect(!Bytes32([UInt8](repeating: 255, count: 32)).isCanonicalScalar)
    var below = order
    below[0] -= 1
    #expect(Bytes32(below).isCanonicalScalar && Bytes32().isCanonicalScalar)
  }

  /// Gamma must be of the prime-order group: not of low order, and without a part of low order.
  @Test(arguments: lowOrderPoints)
  func lowOrderGammaIsRefused(_ point: String) throws {
    let proof = try proof()
    let point = try #require(Bytes32(hex: point))
    let rest = proof.challenge.array + proof.response.array
    #expect(VRFProof.of(point.array + rest) == nil)
    // The identity is no part of anything.
    guard point != Bytes32(words: [1, 0, 0, 0]) else { return }
    let mixed = try sum(proof.gamma, point)
    #expect(VRFProof.of(mixed.array + rest) == nil)
    // Both stand for the same output, so an auditor of outputs alone would not see it.
    let eightfold = EdwardsPoint(clearingCofactorOf: proof.gamma)
    #expect(eightfold != nil && EdwardsPoint(clearingCofactorOf: mixed) == eightfold)
  }

  @Test(arguments: lowOrderPoints)
  func lowOrderKeysAreRefused(_ point: String) throws {
    let point = try #require(Bytes32(hex: point))
    #expect(VRFPublicKey(point) == nil)
    #expect(EdwardsPoint(clearingCofactorOf: point) == nil)
    guard point != Bytes32(words: [1, 0, 0, 0]) else { return }
    #expect(VRFPublicKey(try sum(secret.publicKey.bytes, point)) == nil)
  }

  /// Numbers from 2^255 - 19 on are second encodings of 0...18, with either sign; and a zero has no sign.
  @Test func encodingsThatAreNotCanonicalAreRefused() throws {
    for number in 0..<19 {
      for top in [0x7f, 0xff] as [UInt8] {
        let bytes = [0xed + UInt8(number)] + [UInt8](repeating: 0xff, count: 30) + [top]
        let point = Bytes32(bytes)
        #expect(!point.isCanonicalPoint)
        #expect(VRFPublicKey(point) == nil && EdwardsPoint(clearingCofactorOf: point) == nil)
        let proof = try proof()
        #expect(VRFProof.of(bytes + proof.challenge.array + proof.response.array) == nil)
      }
    }
    let one = [1] + [UInt8](repeating: 0, count: 30)
    #expect(Bytes32(one + [0]).isCanonicalPoint && !Bytes32(one + [0x80]).isCanonicalPoint)
    let minusOne = [0xec] + [UInt8](repeating: 0xff, count: 30)
    #expect(Bytes32(minusOne + [0x7f]).isCanonicalPoint && !Bytes32(minusOne + [0xff]).isCanonicalPoint)
    #expect(Bytes32([UInt8](repeating: 0xee, count: 32)).isCanonicalPoint)
  }

  /// Half of all numbers are the y of no point.
  @Test func whatIsNotOnTheCurveIsRefused() {
    var random = RandomStream(seed: Seed(2))
    var refused = 0
    for _ in 0..<400 {
      let bytes = Bytes32(words: [random.next(), random.next(), random.next(), random.next()])
      if EdwardsPoint(clearingCofactorOf: bytes) == nil { refused += 1 }
    }
    #expect((150...250).contains(refused))
  }

  private func sum(_ a: Bytes32, _ b: Bytes32) throws -> Bytes32 {
    var result = [UInt8](repeating: 0, count: 32)
    try #require(crypto_core_ed25519_add(&result, a.array, b.array) == 0)
    return Bytes32(result)
  }
}
