import MixNet

/// The neighbours, each in a slot.
struct ActiveView: Sendable {
  struct Peer: Sendable {
    var record: NodeRecord
    let link: LinkNumber
    /// This node dialled it, so its address is true and was chosen here.
    let isOutbound: Bool
    var isAnchor: Bool
    /// This node is an anchor of it.
    let isPinned: Bool
    let since: Instant
    /// It has proved its worth: no request takes its place.
    var isProtected = false
    /// Whether what it says of others is taken.
    var isTrusted = true
    /// What it may send on through this node.
    var joins: TokenBucket
    var shuffles: TokenBucket
  }

  private var peers: [Peer?] = Array(repeating: nil, count: Slots.count)
  private(set) var up = Slots()

  subscript(slot: Slot) -> Peer? { peers.indices.contains(slot) ? peers[slot] : nil }

  mutating func change(_ slot: Slot, _ body: (inout Peer) -> Void) {
    guard var peer = self[slot] else { return }
    body(&peer)
    peers[slot] = peer
  }

  /// Takes from what a neighbour may send on; false when it sends too much.
  mutating func take(_ bucket: WritableKeyPath<Peer, TokenBucket>, of slot: Slot, _ now: Instant) -> Bool {
    guard var peer = self[slot] else { return false }
    let isTaken = peer[keyPath: bucket].take(1, now)
    peers[slot] = peer
    return isTaken
  }

  func slot(of link: LinkNumber) -> Slot? { peers.firstIndex { $0?.link == link } }
  func slot(named id: Bytes32) -> Slot? { peers.firstIndex { $0?.record.id == id } }

  /// The lowest free slot.
  var free: Slot? { peers.firstIndex { $0 == nil } }
  var pinned: Int { peers.reduce(0) { $0 + ($1?.isPinned == true ? 1 : 0) } }
  var anchors: Int { peers.reduce(0) { $0 + ($1?.isAnchor == true ? 1 : 0) } }

  mutating func set(_ slot: Slot, _ peer: Peer?) {
    guard peers.indices.contains(slot) else { return }
    peers[slot] = peer
    if peer == nil { up.remove(slot) } else { up.insert(slot) }
  }

  /// Those for which it holds, the lowest slot first.
  func slots(where isOne: (Peer) -> Bool) -> [Slot] {
    peers.indices.filter { slot in peers[slot].map(isOne) ?? false }
  }
}
