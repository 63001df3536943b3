import Foundation
import MixNet

@testable import VRFDelay

/// The vectors in `Tests/Vectors/vrf-peers`, which another implementation has made.
struct PeerVector: Decodable, CustomStringConvertible {
  struct Rules: Decodable { let chain: String, epochS: UInt32, peers: Int, among: String, weights: String }
  struct Key: Decodable { let key: String, start: Int64, end: Int64 }
  struct Node: Decodable { let address: String, layer: Int, capacity: UInt32, keys: [Key] }

  let rules: Rules
  let salt: String?
  let epoch: UInt64
  let node: String
  let nodes: [Node]
  let list, rulesTag, alpha, beta: String
  let chosen: [String]

  var description: String { "\(rules.peers) of \(nodes.count) in epoch \(epoch)" }

  static func all() throws -> [PeerVector] {
    struct File: Decodable { let vectors: [PeerVector] }
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let data = try Data(contentsOf: folder.appendingPathComponent("Vectors/vrf-peers/vectors.json"))
    return try decoder.decode(File.self, from: data).vectors
  }

  var peerRules: PeerRules? {
    guard let among = PeerRules.Among(rawValue: rules.among), let weights = PeerRules.Weighting(rawValue: rules.weights)
    else { return nil }
    return PeerRules(
      chain: rules.chain, epochSeconds: rules.epochS, peers: rules.peers, among: among, weighting: weights)
  }

  var directory: NetworkDirectory {
    NetworkDirectory(
      nodes: nodes.map { node in
        NetworkDirectory.Node(
          name: "", layer: node.layer, address: Bytes32(hex: node.address) ?? Bytes32(),
          chains: [(rules.chain, .loopback(port: 1)), ("other", .loopback(port: 2))], clients: nil,
          keys: node.keys.map { key in
            NetworkDirectory.Key(
              purpose: "vrf", bytes: Bytes32(hex: key.key) ?? Bytes32(), from: key.start, until: key.end)
          }, capacity: node.capacity)
      }, salt: salt.flatMap(Bytes32.init(hex:)))
  }
}

extension VRFOutput {
  /// The output with these bytes, which no proof belongs to.
  static func of(_ bytes: [UInt8]) -> VRFOutput {
    var hash = InlineArray<64, UInt8>(repeating: 0)
    for (i, byte) in bytes.prefix(64).enumerated() { hash[i] = byte }
    return VRFOutput(hash)
  }

  /// Random bytes, as outputs are to whoever lacks the key.
  static func random(_ random: inout RandomStream) -> VRFOutput {
    var hash = InlineArray<64, UInt8>(repeating: 0)
    var span = hash.mutableSpan
    random.fill(&span)
    return VRFOutput(hash)
  }
}
