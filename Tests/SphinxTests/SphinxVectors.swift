import Foundation
import MixNet
import Sphinx
import Testing

/// The vectors in `Tests/Vectors/sphinx-nym`.
enum SphinxVectors {
  static func packets() throws -> [Vector] {
    try read("packets-v258.json", as: VectorFile.self).vectors + read("packets-v259.json", as: VectorFile.self).vectors
  }

  static func surbs() throws -> [Vector] { try read("surbs.json", as: VectorFile.self).vectors }

  static func components() throws -> Components { try read("components.json", as: Components.self) }

  private static func read<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appendingPathComponent("Vectors/sphinx-nym/\(name)"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: data)
  }
}

/// Bytes that a vector gives as hex.
struct Hex: Decodable, Equatable, CustomStringConvertible {
  let bytes: [UInt8]

  init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let bytes = [UInt8](hex: text) else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not hex"))
    }
    self.bytes = bytes
  }

  var description: String { bytes.hex }
}

extension [UInt8] {
  init?(hex text: String) {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  var hex: String { map { String(format: "%02x", $0) }.joined() }
}

struct VectorFile: Decodable { let vectors: [Vector] }

/// A packet, or a reply block with the packet of its reply.
struct Vector: Decodable, CustomTestStringConvertible {
  let name: String
  let version: UInt16
  let nodePrivateKeys, nodePublicKeys, nodeAddresses: [Hex]
  let delaysNanos: [UInt64]
  let destination, identifier, initialSecret: Hex
  let senderSharedSecrets: [Hex]
  let filler, finalPadding, message: Hex
  let payloadSize: Int
  let hops: [HopVector]
  let surbBytes, firstHopAddress, recoveryBytes, recoveredPayload: Hex?

  var testDescription: String { name }
}

struct HopVector: Decodable {
  let packetIn, alpha, mac, beta: Hex
  let sharedSecret, expandedSharedSecret: Hex
  let streamCipherKey, headerMacKey, payloadKey, payloadKeySeed, blindingFactor, replayTag: Hex
  let decryptedRoutingInfo360: Hex
  let version: UInt16
  let kind: String
  let nextHopAddress: Hex?
  let delayNanos: UInt64?
  let packetOut: Hex?
  let destination, identifier, payloadOut: Hex?
}

struct Components: Decodable {
  struct Stream: Decodable { let key, keystream: Hex }
  struct Blind: Decodable { let alpha, blindingFactor, legacy, v258AndLater: Hex }
  struct MAC: Decodable { let data, key, mac16: Hex }
  struct Expand: Decodable { let expanded, sharedSecret: Hex }
  struct Lioness: Decodable { let ciphertext, key, plaintext: Hex }
  struct PayloadKey: Decodable { let key, seed: Hex }
  struct Anchor: Decodable { let sharedSecret, streamCipherKey, blindingFactor: Hex }
  struct Negative: Decodable {
    let expect, name: String
    let nodePrivateKey: Hex?
    let nodePrivateKeys: [Hex]?
    let packet: Hex
  }
  let aes128ctrKeystream360: Stream
  let blind: Blind
  let headerMac: MAC
  let hkdfExpand: Expand
  let lioness: [Lioness]
  let negative: [Negative]
  let payloadKeyFromSeed: PayloadKey
  let upstreamKdfAnchor: Anchor
}
