import MixNet

/// Nodes that are not to be neighbours for a while. Bounded: when there are too many, the one that ends first is forgotten.
struct Backoffs: Sendable {
  private var entries: [(id: Bytes32, since: Instant, until: Instant)] = []
  private let capacity = 128

  func holds(_ id: Bytes32, _ now: Instant) -> Bool { entries.contains { $0.id == id && $0.until > now } }

  /// Whether the node must know: what it had sent before it was told does not count.
  func isKnown(_ id: Bytes32, _ now: Instant) -> Bool {
    entries.contains { $0.id == id && $0.until > now && now - $0.since > .s(5) }
  }

  /// Never shortens one that is there.
  mutating func add(_ id: Bytes32, until: Instant, _ now: Instant) {
    entries.removeAll { $0.until <= now }
    if let place = entries.firstIndex(where: { $0.id == id }) {
      entries[place].until = max(entries[place].until, until)
      return
    }
    if entries.count >= capacity, let first = entries.indices.min(by: { entries[$0].until < entries[$1].until }) {
      entries.swapAt(first, entries.count - 1)
      entries.removeLast()
    }
    entries.append((id, now, until))
  }
}
