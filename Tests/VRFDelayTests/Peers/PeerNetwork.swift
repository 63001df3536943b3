import MixNet

@testable import VRFDelay

/// A list of nodes with a key each.
struct PeerNetwork {
  var rules: PeerRules
  let keys: [VRFSecretKey]
  var directory: NetworkDirectory

  static let epochSeconds: UInt32 = 100
  static let overlap = Nanos.s(10)

  init(
    _ count: Int = 12, layers: Int = 3, peers: Int = 2, among: PeerRules.Among = .nextLayer, salt: Bytes32? = nil
  ) {
    rules = PeerRules(
      chain: "mix", epochSeconds: Self.epochSeconds, peers: peers, among: among, weighting: .equal)
    let keys = (0..<count).map { VRFSecretKey.test(UInt8($0 + 1)) }
    self.keys = keys
    directory = NetworkDirectory(
      nodes: keys.enumerated().map { number, key in
        NetworkDirectory.Node(
          name: "n\(number)", layer: number % layers, address: Self.address(number),
          chains: [("mix", .loopback(port: 1 + UInt16(number)))], clients: nil,
          keys: [.init(purpose: "vrf", bytes: key.publicKey.bytes, from: 0, until: .max)])
      }, salt: salt)
  }

  static func address(_ number: Int) -> Bytes32 { Bytes32([UInt8(number + 1), 7]) }

  var list: PeerList { PeerList(directory, chain: "mix") }

  /// What node `number` chooses.
  func choice(_ number: Int, epoch: UInt64) -> PeerChoice? {
    PeerChoice(keys[number], rules, epoch: epoch, in: list, own: Self.address(number))
  }

  /// A node that another one chose, and one that it did not choose though it is in the right layer.
  func pair(_ number: Int, epoch: UInt64) -> (chosen: Bytes32, other: Bytes32)? {
    guard let choice = choice(number, epoch: epoch), let chosen = choice.peers.first else { return nil }
    let all = rules.candidates(of: Self.address(number), in: list).map(\.address)
    return all.first { !choice.peers.contains($0) }.map { (chosen, $0) }
  }

  func judge(_ own: Bytes32) -> PeerJudge { PeerJudge(rules, list, own: own, overlap: Self.overlap) }

  /// So many seconds after an epoch has begun.
  static func wall(_ epoch: UInt64, _ seconds: Int64 = 50) -> WallTime {
    WallTime(ns: (Int64(epoch) * Int64(epochSeconds) + seconds) * 1_000_000_000)
  }

  /// The network with a node's keys, layer or presence as `change` has it.
  func changed(_ number: Int, _ change: (NetworkDirectory.Node) -> NetworkDirectory.Node?) -> PeerNetwork {
    var copy = self
    copy.directory = NetworkDirectory(
      nodes: directory.nodes.enumerated().compactMap { $0 == number ? change($1) : $1 }, salt: directory.salt)
    return copy
  }

  func withKeys(_ number: Int, _ keys: [NetworkDirectory.Key]) -> PeerNetwork {
    changed(number) { node in
      NetworkDirectory.Node(
        name: node.name, layer: node.layer, address: node.address, chains: node.chains, clients: nil, keys: keys)
    }
  }
}
