package import MixNet

/// How the nodes of a network choose their peers. All nodes must have the same rules, or they refuse each other.
package struct PeerRules: Hashable, Sendable {
  /// Among which nodes a node chooses.
  package enum Among: String, CaseIterable, Sendable {
    /// Those of the layer behind its own; behind the last layer comes the first one again.
    case nextLayer = "next_layer"
    /// All others.
    case all
  }

  /// How likely each of them is.
  package enum Weighting: String, CaseIterable, Sendable {
    /// All alike.
    case equal
    /// By the capacity that the network file gives it.
    case capacity
  }

  /// The chain's name.
  package let chain: String
  /// How long epochs are, in seconds.
  package let epochSeconds: UInt32
  /// How many peers a node has.
  package let peers: Int
  package let among: Among
  package let weighting: Weighting

  package init(chain: String, epochSeconds: UInt32, peers: Int, among: Among, weighting: Weighting) {
    self.chain = chain
    self.epochSeconds = epochSeconds
    self.peers = peers
    self.among = among
    self.weighting = weighting
  }

  /// The VRF's input, integers big-endian. Nothing in it is for the node to choose:
  /// ```
  /// "hearsay vrf_peers epoch" | u16 size | chain's name | u32 epoch_s | u16 peers | u8 among | u8 weights
  ///   | u64 epoch | list's hash 32 | node's address 32
  /// ```
  package func input(epoch: UInt64, list: Bytes32, node: Bytes32) -> [UInt8] {
    bytes + (0..<8).map { UInt8(truncatingIfNeeded: epoch >> (56 - 8 * UInt64($0))) } + list.array + node.array
  }

  /// What stands for the rules where two nodes compare them.
  package var tag: UInt64 { Fingerprint.of(bytes).prefix }

  private var bytes: [UInt8] {
    let name = Array(chain.utf8)
    let kinds: [UInt8] = [among == .nextLayer ? 0 : 1, weighting == .equal ? 0 : 1]
    return Array("hearsay vrf_peers epoch".utf8) + PeerList.bigEndian(name.count, 2) + name
      + PeerList.bigEndian(Int(epochSeconds), 4) + PeerList.bigEndian(peers, 2) + kinds
  }

  /// Among which nodes one chooses, ascending by address, each with its weight; none when it is not listed.
  package func candidates(of node: Bytes32, in list: PeerList) -> [PeerSelection.Candidate] {
    guard let own = list.entry(of: node) else { return [] }
    let layer = (own.layer + 1) % max(1, list.layers)
    return list.entries.compactMap { entry in
      guard entry.address != node, among == .all || entry.layer == layer else { return nil }
      return PeerSelection.Candidate(address: entry.address, weight: weighting == .equal ? 1 : entry.capacity)
    }
  }

  /// When an epoch begins; nil when that is no time.
  package func start(of epoch: UInt64) -> WallTime? {
    let (seconds, over) = epoch.multipliedReportingOverflow(by: UInt64(epochSeconds))
    guard !over, seconds < UInt64(Int64.max) / 1_000_000_000 else { return nil }
    return WallTime(ns: Int64(seconds) * 1_000_000_000)
  }
}
