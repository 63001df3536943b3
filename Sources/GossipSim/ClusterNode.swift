package import Gossip
package import MixNet

/// A node of a ``ClusterWorld``: its core, and what the world knows of it.
package final class ClusterNode {
  package let number: Int
  package let record: NodeRecord
  package var core: GossipCore
  package internal(set) var isUp = false
  /// Frozen: nothing that comes is read until it goes on, and nothing is sent.
  package internal(set) var stalledUntil = Instant.zero
  /// A crash is another life: what was on its way for the old one is gone.
  var life = 0
  var wakes = Instant.never
  /// Links that have an end here, in the order in which they came.
  var links: [LinkNumber] = []
  /// Frames that this node does not send although its core wants to: it means harm.
  package var withholds: ((Span<UInt8>) -> Bool)?

  init(_ number: Int, _ record: NodeRecord, _ core: consuming GossipCore) {
    (self.number, self.record) = (number, record)
    self.core = core
  }
}

/// A link between two nodes. Frames keep their order.
struct ClusterLink {
  let number: LinkNumber
  let dialler: Int
  let other: Int
  let latency: Nanos
  /// When the last frame to each end arrives.
  var latest: (dialler: Instant, other: Instant) = (.zero, .zero)

  func far(from node: Int) -> Int { node == dialler ? other : dialler }

  /// When a frame arrives that leaves now.
  mutating func arrival(at node: Int, now: Instant) -> Instant {
    let time = max(now + latency, node == dialler ? latest.dialler : latest.other)
    if node == dialler { latest.dialler = time } else { latest.other = time }
    return time
  }
}
