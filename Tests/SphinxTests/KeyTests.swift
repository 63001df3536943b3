import MixNet
import Testing

@testable import Sphinx

/// The points whose every clamped multiple is zero, in all encodings below 2^255, and whether each is the canonical one.
let lowOrderPoints: [(hex: String, isCanonical: Bool)] = [
  ("0000000000000000000000000000000000000000000000000000000000000000", true),
  ("0100000000000000000000000000000000000000000000000000000000000000", true),
  ("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", true),
  ("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", true),
  ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true),
  ("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false),
  ("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false),
]

@Suite struct KeyTests {
  /// RFC 7748, section 5.2: one multiplication, and the first of the iterated ones, which is of the base point.
  @Test func x25519OfTheRFC() throws {
    let scalar = try #require([UInt8](hex: "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"))
    let point = try #require([UInt8](hex: "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))
    #expect(product(scalar, point).hex == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    let nine: [UInt8] = [9] + [UInt8](repeating: 0, count: 31)
    let key = try SphinxSecretKey(nine.span)
    #expect(key.publicKey.description == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
    #expect(product(nine, nine) == key.publicKey.array)
  }

  @Test func nothingOfASecretIsPrinted() throws {
    let bytes = [UInt8](repeating: 0xab, count: 32)
    let key = try SphinxSecretKey(bytes.span)
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), String(describing: SphinxKeySet(key, other: key)), dumped] {
      #expect(!text.contains("ab") && !text.contains("171"), "\(text)")
    }
    #expect("\(key)" == "<secret>")
    let recovery = try SURBRecovery(version: .v260, [UInt8](repeating: 0xab, count: 32).span)
    dumped = ""
    dump(recovery.seeds.count, to: &dumped)
    dump(recovery, to: &dumped)
    #expect(dumped.split(separator: "ab").count <= 17, "the identifier alone: \(dumped)")
  }

  @Test func aKeyComesBackAsItWent() throws {
    var random = RandomStream(seed: Seed(1))
    let secret = bytes(32, &random)
    let key = try SphinxSecretKey(secret.span)
    var revealed = [UInt8](repeating: 0, count: 40)
    var span = revealed.mutableSpan
    key.reveal(into: &span, at: 4)
    #expect(revealed == [0, 0, 0, 0] + secret + [0, 0, 0, 0])
  }

  @Test func onlyKeysOf32Bytes() {
    for count in 0..<80 where count != 32 {
      let bytes = [UInt8](repeating: 1, count: count)
      #expect(throws: SphinxError.keySize(count)) { _ = try SphinxSecretKey(bytes.span) }
    }
  }

  @Test("fault 21: public keys of low order are refused")
  func lowOrderPublicKeysAreRefused() throws {
    for (hex, isCanonical) in lowOrderPoints {
      let point = try #require([UInt8](hex: hex).flatMap(Bytes32.init(_:)))
      let expected = isCanonical ? SphinxError.lowOrderKey : .nonCanonicalKey
      #expect(throws: expected, "\(hex)") { _ = try SphinxPublicKey(point) }
    }
  }

  /// All of p...2^255-1, and bit 255 with anything.
  @Test("fault 21: public keys in encodings that are not canonical are refused")
  func nonCanonicalPublicKeysAreRefused() throws {
    let top: [UInt8] = [UInt8](repeating: 0xff, count: 31) + [0x7f]
    for low in UInt8(0)...255 {
      var bytes = top
      bytes[0] = low
      let point = Bytes32(bytes)
      #expect(point.isCanonicalPoint == (low < 0xed))
      bytes[31] = 0xff
      #expect(Bytes32(bytes).isCanonicalPoint == false)
    }
    for byte in 1..<31 {
      let point = Bytes32(flipped(top, bit: 8 * byte))
      #expect(point.isCanonicalPoint)
    }
    var random = RandomStream(seed: Seed(2))
    for _ in 0..<50 {
      let words = bytes32(&random).words
      let set = Bytes32(words: [words[0], words[1], words[2], words[3] | 1 << 63])
      #expect(throws: SphinxError.nonCanonicalKey) { _ = try SphinxPublicKey(set) }
    }
  }

  /// Small u-coordinates; which are on the curve was computed by Euler's criterion.
  @Test func curveOrTwist() throws {
    let onCurve: Set<UInt64> = [4, 6, 7, 8, 9, 10, 11, 13, 15, 16, 17, 18, 19, 23, 30, 32, 33, 34, 36, 37, 38, 39]
    for u in 2..<40 as Range<UInt64> {
      #expect(try SphinxPublicKey(Bytes32(words: [u, 0, 0, 0])).isOnCurve == onCurve.contains(u), "\(u)")
    }
    var random = RandomStream(seed: Seed(3))
    for _ in 0..<100 {
      let key = SphinxSecretKey(random: &random)
      #expect(try SphinxPublicKey(key.publicKey) == SphinxPublicKey(of: key))
    }
  }

  /// One scalar for two does what the two do, to points on the curve.
  @Test func productOfScalars() throws {
    var random = RandomStream(seed: Seed(4))
    for _ in 0..<200 {
      let a = bytes(32, &random)
      let b = bytes(32, &random)
      let point = SphinxSecretKey(random: &random).publicKey.array
      var work = SecretBuffer((a + b + [UInt8](repeating: 0, count: 32)).span)
      #expect(multiplyScalars(0, 32, into: 64, of: &work))
      let scalar = work.revealed(64..<96)
      #expect(scalar[0] & 7 == 0 && scalar[31] & 0xc0 == 0x40, "clamped")
      #expect(product(scalar, point) == product(a, product(b, point)))
    }
  }
}
