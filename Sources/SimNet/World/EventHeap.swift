/// The events to come, the earliest first; those of one time come in the order in which they were pushed.
///
/// A heap with four children a node: half as deep as one with two, and four children lie in two cache lines. Once it
/// has grown to its size, nothing is allocated.
struct EventHeap {
  private var items: [SimEvent] = []
  private var pushed: UInt64 = 0

  init(capacity: Int = 1_024) { items.reserveCapacity(capacity) }

  var count: Int { items.count }

  /// How many of the events are such.
  func count(where isSuch: (SimEvent) -> Bool) -> Int { items.count(where: isSuch) }

  /// The time of the first event.
  var nextTime: UInt64? { items.first?.time }

  mutating func push(at time: UInt64, _ kind: EventKind, who: UInt32, token: UInt32) {
    let event = SimEvent(time: time, sequence: pushed, kind: kind, who: who, token: token)
    pushed += 1
    items.append(event)
    unsafe items.withUnsafeMutableBufferPointer { items in
      var place = items.count - 1
      while place > 0 {
        let parent = (place - 1) >> 2
        guard unsafe event < items[parent] else { break }
        unsafe items[place] = items[parent]
        place = parent
      }
      unsafe items[place] = event
    }
  }

  mutating func pop() -> SimEvent? {
    guard let first = items.first, let last = items.popLast() else { return nil }
    if !items.isEmpty { sink(last) }
    return first
  }

  /// Lets the root's place go down to where `event` belongs.
  private mutating func sink(_ event: SimEvent) {
    unsafe items.withUnsafeMutableBufferPointer { items in
      let count = items.count
      var place = 0
      while true {
        let first = place << 2 + 1
        guard first < count else { break }
        var least = first
        var child = first + 1
        let end = min(first + 4, count)
        while child < end {
          if unsafe items[child] < items[least] { least = child }
          child += 1
        }
        guard unsafe items[least] < event else { break }
        unsafe items[place] = items[least]
        place = least
      }
      unsafe items[place] = event
    }
  }
}
