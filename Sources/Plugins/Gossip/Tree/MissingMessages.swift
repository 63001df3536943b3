import MixNet

/// Messages that neighbours have announced and that have not come: whom to ask for each, and when.
struct MissingMessages: Sendable {
  struct Missing: Sendable {
    let origin: UInt64
    /// Who announced it first.
    let teller: Slot
    /// When it was first announced.
    let since: Instant
    var due: Instant
    var tries = 0
    /// Who has it; those that were asked or are gone are no longer in it.
    var holders = Slots()
    var asked = Slots()
    /// How far each holder is from the origin, by slot.
    var hops = InlineArray<16, UInt8>(repeating: 0)
  }

  /// When one is due; entries of messages that have come meanwhile stay until their time.
  private struct Timer: Comparable, Sendable {
    let due: Instant
    let number: UInt64
    let id: Bytes16
    static func < (a: Self, b: Self) -> Bool { (a.due.ns, a.number) < (b.due.ns, b.number) }
    static func == (a: Self, b: Self) -> Bool { a.number == b.number }
  }

  private var all: [Bytes16: Missing] = [:]
  private var timers: [Timer] = []
  private var number: UInt64 = 0
  /// How many were announced first by each neighbour.
  private var told = InlineArray<16, Int>(repeating: 0)
  let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    all.reserveCapacity(capacity)
  }

  var count: Int { all.count }

  /// When the next one is due, or was; some that are due may have come meanwhile.
  var next: Instant { timers.first?.due ?? .never }

  subscript(id: Bytes16) -> Missing? { all[id] }

  /// A message that is asked for at `due`; false when there is no room. A neighbour that announces what there is not takes an eighth of
  /// the room, so that others are heard.
  mutating func add(_ id: Bytes16, _ missing: Missing) -> Bool {
    guard all.count < capacity, timers.count < 4 * capacity, told[missing.teller] < max(1, capacity / 8) else {
      return false
    }
    all[id] = missing
    told[missing.teller] += 1
    start(id, missing.due)
    return true
  }

  /// Changes one, and starts its timer anew when its time has changed.
  mutating func change(_ id: Bytes16, _ change: (inout Missing) -> Void) {
    guard var missing = all[id] else { return }
    let due = missing.due
    change(&missing)
    all[id] = missing
    if missing.due != due { start(id, missing.due) }
  }

  mutating func remove(_ id: Bytes16) -> Missing? {
    guard let missing = all.removeValue(forKey: id) else { return nil }
    told[missing.teller] -= 1
    return missing
  }

  /// A neighbour is gone: nobody can be asked there.
  mutating func forget(_ slot: Slot) {
    for timer in timers {
      all[timer.id]?.holders.remove(slot)
      all[timer.id]?.asked.remove(slot)
    }
  }

  /// The next message that is due, if there is one.
  mutating func takeDue(_ now: Instant) -> Bytes16? {
    while let first = timers.first, first.due <= now {
      pop()
      if let missing = all[first.id], missing.due == first.due { return first.id }
    }
    return nil
  }

  private mutating func start(_ id: Bytes16, _ due: Instant) {
    number &+= 1
    timers.append(Timer(due: due, number: number, id: id))
    var place = timers.count - 1
    while place > 0, timers[place] < timers[(place - 1) / 2] {
      timers.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func pop() {
    guard let last = timers.popLast(), !timers.isEmpty else { return }
    timers[0] = last
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < timers.count && timers[child] < timers[least] {
        least = child
      }
      guard least != place else { return }
      timers.swapAt(place, least)
      place = least
    }
  }
}
