import MixNet
import Testing

@testable import VRFDelay

/// The VRF against the RFC's vectors, and what must hold for all keys and inputs.
@Suite struct ProofTests {
  @Test(arguments: try VRFVector.all())
  func vectors(_ vector: VRFVector) throws {
    let alpha = try #require(Hex.bytes(vector.alpha))
    let secret = try #require(VRFSecretKey.reading(vector.secretKey))
    #expect(secret.publicKey.description == vector.publicKey)
    let proof = try #require(secret.prove(alpha))
    #expect(proof.description == vector.pi)
    #expect(proof.output.map { Hex.text($0.bytes) } == vector.beta)
    let key = try #require(Bytes32(hex: vector.publicKey).flatMap(VRFPublicKey.init))
    let pi = try #require(Hex.bytes(vector.pi))
    #expect(key.verify(pi, alpha).map(Hex.text) == vector.beta)
  }

  @Test func thereAreThreeVectors() throws { #expect(try VRFVector.all().count == 3) }

  /// What is proved is verified, always comes out the same, and is another for each key and input.
  @Test func everyProofVerifies() throws {
    var random = RandomStream(seed: Seed(1))
    var outputs: Set<[UInt8]> = []
    for number in 0..<40 {
      let secret = VRFSecretKey(random: &random)
      var input = [UInt8](repeating: 0, count: number * number)
      var span = input.mutableSpan
      random.fill(&span)
      let proof = try #require(secret.prove(input))
      #expect(secret.prove(input) == proof)
      let output = try #require(secret.publicKey.verify(proof, input))
      #expect(output == proof.output?.bytes)
      #expect(VRFProof.of(proof.bytes) == proof)
      outputs.insert(output)
      let other = try #require(secret.prove(input + [0]))
      outputs.insert(try #require(other.output).bytes)
      #expect(secret.publicKey.verify(other, input) == nil)
    }
    #expect(outputs.count == 80)
  }

  /// A key is its 32 bytes, and says nothing of them.
  @Test func keysKeepTheirSecret() throws {
    let seed = [UInt8](0..<32)
    let key = try #require(VRFSecretKey.of(seed))
    var revealed = [UInt8](repeating: 0, count: 40)
    var span = revealed.mutableSpan
    key.reveal(into: &span, at: 4)
    #expect(revealed == [0, 0, 0, 0] + seed + [0, 0, 0, 0])
    #expect("\(key)" == "<secret>" && String(reflecting: key) == "<secret>")
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!dumped.contains("0001") && dumped.count < 40)
    #expect(VRFSecretKey.of([UInt8](0..<31)) == nil && VRFSecretKey.of([UInt8](0..<33)) == nil)
    #expect(VRFSecretKey.reading(Hex.text(seed) + "\n")?.publicKey == key.publicKey)
    for bad in ["", "00", Hex.text(seed).dropLast() + "g", Hex.text(seed) + "0"] {
      #expect(VRFSecretKey.reading(bad) == nil)
    }
  }
}
