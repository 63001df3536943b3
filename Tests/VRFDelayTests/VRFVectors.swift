import Foundation
import MixNet

@testable import VRFDelay

/// The vectors in `Tests/Vectors/vrf-rfc9381`, as the RFC prints them.
struct VRFVector: Decodable, CustomStringConvertible {
  let secretKey, publicKey, alpha, pi, beta: String

  var description: String { "alpha '\(alpha)'" }

  static func all() throws -> [VRFVector] {
    struct File: Decodable { let vectors: [VRFVector] }
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let data = try Data(contentsOf: folder.appendingPathComponent("Vectors/vrf-rfc9381/vectors.json"))
    return try decoder.decode(File.self, from: data).vectors
  }
}

extension VRFSecretKey {
  /// A key of its own for each number.
  static func test(_ byte: UInt8) -> VRFSecretKey {
    var random = RandomStream(seed: Seed(UInt64(byte)))
    return VRFSecretKey(random: &random)
  }

  /// The key of some bytes, or of hex digits.
  static func of(_ bytes: [UInt8]) -> VRFSecretKey? { VRFSecretKey(bytes.span) }
  static func reading(_ digits: String) -> VRFSecretKey? {
    var digits = Array(digits.utf8)
    return Hex.withSecret(&digits) { VRFSecretKey($0) }
  }

  /// The proof of an input in bytes.
  func prove(_ input: [UInt8]) -> VRFProof? { prove(input.span) }
}

extension VRFProof {
  /// The proof in some bytes.
  static func of(_ bytes: [UInt8]) -> VRFProof? { VRFProof(bytes.span) }
}

extension VRFPublicKey {
  func verify(_ proof: VRFProof, _ input: [UInt8]) -> [UInt8]? { verify(proof, input.span)?.bytes }

  /// The output, if the bytes are a proof and prove it.
  func verify(_ bytes: [UInt8], _ input: [UInt8]) -> [UInt8]? {
    VRFProof.of(bytes).flatMap { verify($0, input) }
  }
}

/// The eight points whose order divides the cofactor, in their canonical encodings.
let lowOrderPoints: [String] = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
