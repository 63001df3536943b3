import MixHost
import MixNet

/// The links that are up, by the nodes at their other ends.
struct PeerLinks {
  private struct Entry {
    let peer: Bytes32
    let isCertain: Bool
  }
  private var entries: [LinkID: Entry] = [:]
  private var links: [Bytes32: [LinkID]] = [:]

  /// A link has come up with a node; `isCertain` when it is the node that this one meant to reach.
  mutating func add(_ link: LinkID, _ peer: Bytes32, isCertain: Bool) {
    guard entries.updateValue(Entry(peer: peer, isCertain: isCertain), forKey: link) == nil else { return }
    links[peer, default: []].append(link)
  }

  /// A link has gone down: who was there, and whether that is certain. Nil when it was not known.
  mutating func remove(_ link: LinkID) -> (peer: Bytes32, isCertain: Bool)? {
    guard let entry = entries.removeValue(forKey: link) else { return nil }
    links[entry.peer]?.removeAll { $0 == link }
    if links[entry.peer]?.isEmpty == true { links[entry.peer] = nil }
    return (entry.peer, entry.isCertain)
  }

  /// The links to a node, in the order in which they came up.
  func links(to peer: Bytes32) -> [LinkID] { links[peer] ?? [] }
}
