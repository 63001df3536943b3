import MixNet

/// What this node's dials are for, by their numbers.
struct DialBook: Sendable {
  private var all: [(number: UInt64, purpose: GossipLink.Purpose, until: Instant)] = []
  private var last: UInt64 = 0

  mutating func add(_ purpose: GossipLink.Purpose, now: Instant) -> UInt64 {
    last += 1
    // A dial of which nobody says how it went is forgotten.
    all.removeAll { $0.until <= now }
    all.append((last, purpose, now + .s(60)))
    return last
  }

  mutating func take(_ number: UInt64) -> GossipLink.Purpose? {
    guard let place = all.firstIndex(where: { $0.number == number }) else { return nil }
    return all.remove(at: place).purpose
  }
}

/// The links over which messages go straight to all nodes: the one of two nodes whose name is lower opens theirs.
struct MeshBook: Sendable {
  /// Nodes that are dialled, or rest before they are dialled again.
  private var tries: [Bytes32: (fails: UInt64, rests: Instant)] = [:]

  mutating func mayDial(_ id: Bytes32, now: Instant) -> Bool {
    guard let entry = tries[id] else { return true }
    return entry.rests <= now
  }

  mutating func dialled(_ id: Bytes32, now: Instant) {
    let fails = tries[id]?.fails ?? 0
    tries[id] = (fails + 1, now + .s(1 << min(fails, 5)))
  }

  mutating func reached(_ id: Bytes32) { tries[id] = nil }
  mutating func forget(_ id: Bytes32) { tries[id] = nil }
}
