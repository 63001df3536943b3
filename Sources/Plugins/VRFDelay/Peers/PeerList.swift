package import MixNet

/// What the choice of peers depends on of a network file: the nodes that have a chain, each with its layer, its capacity and
/// its keys of the VRF. Names, places and other keys are no part of it, so a node that moves changes nobody's peers.
package struct PeerList: Sendable {
  /// One node that may choose and be chosen.
  package struct Entry: Sendable {
    /// The node's address.
    package let address: Bytes32
    let layer: Int
    let capacity: UInt32
    /// Its keys of the VRF, in the file's order.
    let keys: [NetworkDirectory.Key]
  }

  /// The nodes by their addresses, ascending byte by byte. Of two with one address the file's first counts.
  package let entries: [Entry]
  /// BLAKE2b-256 of ``bytes(_:_:salt:)``: what proofs name the list by.
  package let hash: Bytes32
  let layers: Int

  /// What the network file says of the nodes that have this chain.
  package init(_ directory: NetworkDirectory, chain: String) {
    var seen: Set<Bytes32> = []
    entries = directory.nodes.filter { $0.listens(chain) != nil && seen.insert($0.address).inserted }
      .map { node in
        Entry(
          address: node.address, layer: node.layer, capacity: node.capacity,
          keys: node.keys.filter { $0.purpose == "vrf" })
      }
      .sorted { $0.address.isBefore($1.address) }
    layers = (entries.map(\.layer).max() ?? -1) + 1
    hash = Fingerprint.of(Self.bytes(entries, chain, salt: directory.salt ?? Bytes32()))
  }

  /// The bytes that are hashed; integers are big-endian:
  /// ```
  /// "hearsay vrf_peers list" | u16 size | chain's name | salt 32 | u32 nodes, and for each of them:
  ///   address 32 | u16 layer | u32 capacity | u16 keys, and for each of them: key 32 | i64 from | i64 until
  /// ```
  static func bytes(_ entries: [Entry], _ chain: String, salt: Bytes32) -> [UInt8] {
    var bytes = Array("hearsay vrf_peers list".utf8)
    let name = Array(chain.utf8)
    bytes += bigEndian(name.count, 2) + name + salt.array + bigEndian(entries.count, 4)
    for entry in entries {
      bytes += entry.address.array + bigEndian(entry.layer, 2) + bigEndian(Int(entry.capacity), 4)
      bytes += bigEndian(entry.keys.count, 2)
      for key in entry.keys {
        bytes += key.bytes.array + bigEndian(Int(key.from), 8) + bigEndian(Int(key.until), 8)
      }
    }
    return bytes
  }

  static func bigEndian(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * (size - 1 - $0))) }
  }

  /// The node with this address; nil when it is not listed.
  package func entry(of address: Bytes32) -> Entry? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = low + (high - low) / 2
      if entries[middle].address.isBefore(address) { low = middle + 1 } else { high = middle }
    }
    guard low < entries.count, entries[low].address == address else { return nil }
    return entries[low]
  }
}

extension PeerList.Entry {
  /// The one key whose proofs count for an epoch: the first that is good when the epoch begins. A node with several would else
  /// have several choices.
  package func key(at start: WallTime) -> Bytes32? { keys.first { $0.isValid(at: start) }?.bytes }
}

extension Bytes32 {
  /// The order of the bytes, from the first on.
  func isBefore(_ other: Bytes32) -> Bool {
    for i in 0..<4 where words[i] != other.words[i] { return words[i].byteSwapped < other.words[i].byteSwapped }
    return false
  }
}
