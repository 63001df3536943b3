import MixNet

/// Nodes that are not to be neighbours for a while. Bounded: when there are too many, the one that ends first is forgotten.
struct Backoffs: Sendable {
  /// Why two nodes stay apart, and so who of them may ask before the time is up.
  enum Reason: Sendable {
    /// This node had no room for the other. Once it is in need, as after many have crashed, it may ask the other, and the other it.
    case room
    /// The other sent this node away, perhaps for want of room: it may come back by itself.
    case sentAway
    /// The other has said goodbye: it may come back by itself.
    case left
    /// The other was of no use, or worse: neither asks.
    case useless
  }
  private struct Entry: Sendable {
    let id: Bytes32
    var reason: Reason
    let since: Instant
    var until: Instant
  }

  private var entries: [Entry] = []
  private let capacity = 128

  /// Why there is one for the node; nil: there is none.
  func reason(_ id: Bytes32, _ now: Instant) -> Reason? { entries.first { $0.id == id && $0.until > now }?.reason }

  /// Whether the node must know: what it had sent before it was told does not count.
  func isKnown(_ id: Bytes32, _ now: Instant) -> Bool {
    entries.contains { $0.id == id && $0.until > now && now - $0.since > .s(5) }
  }

  /// Never shortens one that is there, and does not forget that the node was of no use.
  mutating func add(_ id: Bytes32, _ reason: Reason, until: Instant, _ now: Instant) {
    entries.removeAll { $0.until <= now }
    if let place = entries.firstIndex(where: { $0.id == id }) {
      if entries[place].reason != .useless { entries[place].reason = reason }
      entries[place].until = max(entries[place].until, until)
      return
    }
    if entries.count >= capacity, let first = entries.indices.min(by: { entries[$0].until < entries[$1].until }) {
      entries.swapAt(first, entries.count - 1)
      entries.removeLast()
    }
    entries.append(Entry(id: id, reason: reason, since: now, until: until))
  }

  /// The two ask each other again, or are neighbours; what was of no use stays so.
  mutating func remove(_ id: Bytes32) { entries.removeAll { $0.id == id && $0.reason != .useless } }
}
