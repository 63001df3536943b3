import MixNet
import Testing

@testable import Sphinx

/// The primitives against the component vectors.
@Suite struct ComponentVectorTests {
  @Test func keyDerivation() throws {
    let vectors = try SphinxVectors.components()
    #expect(expanded(vectors.hkdfExpand.sharedSecret.bytes) == vectors.hkdfExpand.expanded.bytes)
    let anchor = vectors.upstreamKdfAnchor
    let keys = expanded(anchor.sharedSecret.bytes)
    #expect(Array(keys[KeyLayout.stream]) == anchor.streamCipherKey.bytes)
    #expect(Array(keys[KeyLayout.blinding]) == anchor.blindingFactor.bytes)
  }

  @Test func payloadKeyFromSeed() throws {
    let vector = try SphinxVectors.components().payloadKeyFromSeed
    var crypto = PacketCrypto()
    let seed = SecretBuffer(vector.seed.bytes.span)
    var key = SecretBuffer(count: KeyLayout.payloadKey)
    crypto.payloadKey(from: 0..<16, of: seed, into: &key)
    let bytes = key.revealed()
    #expect(bytes == vector.key.bytes)
  }

  /// The same context gives the same key stream again, after another key was used.
  @Test func keyStream() throws {
    let vector = try SphinxVectors.components().aes128ctrKeystream360
    var crypto = PacketCrypto()
    let keys = SecretBuffer((vector.key.bytes + [UInt8](repeating: 7, count: 16)).span)
    for _ in 0..<2 {
      var stream = SecretBuffer(count: 400)
      crypto.stream(0..<16, of: keys, over: 40..<400, of: &stream)
      let bytes = stream.revealed()
      #expect(bytes == [UInt8](repeating: 0, count: 40) + vector.keystream.bytes)
      crypto.stream(16..<32, of: keys, over: 0..<33, of: &stream)
      crypto.forget()
    }
  }

  @Test func mac() throws {
    let vector = try SphinxVectors.components().headerMac
    let tag = headerMAC(0..<16, of: SecretBuffer(vector.key.bytes.span), over: vector.data.bytes.span)
    let bytes = (0..<16).map { tag[$0] }
    #expect(bytes == vector.mac16.bytes)
    let same = sameMAC(tag.span, vector.mac16.bytes.span)
    #expect(same)
    for bit in 0..<128 {
      let same = sameMAC(tag.span, flipped(bytes, bit: bit).span)
      #expect(!same)
    }
  }

  @Test func lioness() throws {
    let vectors = try SphinxVectors.components().lioness
    #expect(vectors.map(\.plaintext.bytes.count) == [33, 64, 256, 1024, 2065])
    var crypto = PacketCrypto()
    for vector in vectors {
      let key = SecretBuffer(vector.key.bytes.span)
      // With bytes in front that must stay as they are.
      var block: [UInt8] = [1, 2, 3] + vector.plaintext.bytes
      var span = block.mutableSpan
      crypto.lionessEncrypt(&span, from: 3, 0..<192, of: key)
      #expect(block == [1, 2, 3] + vector.ciphertext.bytes)
      span = block.mutableSpan
      crypto.lionessDecrypt(&span, from: 3, 0..<192, of: key)
      #expect(block == [1, 2, 3] + vector.plaintext.bytes)
    }
  }

  @Test func blinding() throws {
    let vector = try SphinxVectors.components().blind
    let blinded = product(vector.blindingFactor.bytes, vector.alpha.bytes)
    #expect(blinded == vector.v258AndLater.bytes)
    #expect(blinded != vector.legacy.bytes)
  }

  @Test func zeroCheck() {
    for count in [1, 16, 32, 33] {
      let zeros = [UInt8](repeating: 0, count: count)
      let none = isZero(zeros.span)
      #expect(none)
      for bit in 0..<8 * count {
        let one = isZero(flipped(zeros, bit: bit).span)
        #expect(!one)
      }
    }
  }
}
