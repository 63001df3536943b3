import MixNet

/// Which neighbours said that they have a large message, before it came here. Only those of the last while are remembered: what is
/// forgotten costs a frame.
struct UnwantedMessages: Sendable {
  private var present: [Bytes16: Slots] = [:]
  private var former: [Bytes16: Slots] = [:]
  private let capacity: Int

  init(capacity: Int) { self.capacity = max(2, capacity) }

  mutating func add(_ id: Bytes16, _ slot: Slot) {
    if present[id] == nil, present.count >= capacity / 2 {
      former = present
      present.removeAll(keepingCapacity: true)
    }
    present[id, default: Slots()].insert(slot)
  }

  /// Who has the message; it is asked for once.
  mutating func take(_ id: Bytes16) -> Slots {
    guard !present.isEmpty || !former.isEmpty else { return Slots() }
    return Slots((present.removeValue(forKey: id)?.bits ?? 0) | (former.removeValue(forKey: id)?.bits ?? 0))
  }
}
