import MixNet

@testable import Gossip

/// What a core has come to, seen from outside.
struct CoreLook: Equatable {
  /// One origin's tree, as far as this node is a part of it.
  struct Tree: Equatable {
    let parent: Bytes32?
    /// Neighbours that hear announcements only.
    let lazy: Set<Bytes32>
  }

  let id: Bytes32
  let members: [Bytes32: MemberUpdate.Status]
  let neighbours: Set<Bytes32>
  let passive: [Bytes32]
  let hasMesh: Bool
  let trees: [UInt64: Tree]
  let counts: String
  let next: Instant
  let remembered: Int
  let kept: Int
  let accusations: Int
  let delivered: Int
  let duplicates: Int
  let refused: Int

  init(_ core: borrowing GossipCore, origins: [UInt64]) {
    let all = core.memberList
    id = core.own.id
    members = Dictionary(uniqueKeysWithValues: all.map { ($0.node.id, $0.status) })
    neighbours = Self.names(core.views.up, core)
    passive = core.views.passiveNodes.map(\.id)
    hasMesh = core.hasMesh
    var trees: [UInt64: Tree] = [:]
    for origin in origins {
      let parent = core.broadcast.tree.parent(of: origin)
      let lazy = core.broadcast.tree.told(of: origin)
      trees[origin] = Tree(parent: parent.flatMap { core.views.neighbour($0)?.id }, lazy: Self.names(lazy, core))
    }
    self.trees = trees
    (counts, next) = ("\(core.counts) \(all)", core.next)
    (remembered, kept) = (core.broadcast.dedup.size, core.broadcast.cache.count)
    accusations = core.swim.accusations
    (delivered, duplicates) = (core.counts.delivered, core.counts.duplicates)
    refused = core.counts.refused.reduce(0, +)
  }

  private static func names(_ slots: Slots, _ core: borrowing GossipCore) -> Set<Bytes32> {
    var names: Set<Bytes32> = []
    for slot in 0..<Slots.count where slots.contains(slot) {
      if let node = core.views.neighbour(slot) { names.insert(node.id) }
    }
    return names
  }
}

/// What neighbours told each other of messages, counted by its kind.
struct TreeWords: Equatable {
  var announced = 0
  var grafts = 0
  var prunes = 0
  var digests = 0
  var others = 0

  /// A frame that a node sends.
  mutating func count(_ frame: Span<UInt8>) {
    guard frame.count > 1, frame[0] == LinkFrame.Kind.tree.rawValue, let message = TreeMessage(frame.extracting(1...))
    else { return }
    switch message {
    case .announce(let all): announced += all.count
    case .graft: grafts += 1
    case .prune: prunes += 1
    case .digest: digests += 1
    case .notFound, .notWanted: others += 1
    }
  }
}
