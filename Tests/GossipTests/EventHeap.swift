import MixNet

/// What will happen, in the order of time and then of pushing.
struct EventHeap<Event> {
  private var events: [(time: Instant, number: Int, event: Event)] = []
  private var number = 0

  mutating func push(_ event: Event, at time: Instant) {
    number += 1
    events.append((time, number, event))
    var place = events.count - 1
    while place > 0, isBefore(place, (place - 1) / 2) {
      events.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  /// The next event, if it is not after `end`.
  mutating func pop(until end: Instant) -> (time: Instant, event: Event)? {
    guard let first = events.first, first.time <= end else { return nil }
    events.swapAt(0, events.count - 1)
    events.removeLast()
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < events.count && isBefore(child, least) { least = child }
      guard least != place else { return (first.time, first.event) }
      events.swapAt(place, least)
      place = least
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    (events[a].time.ns, events[a].number) < (events[b].time.ns, events[b].number)
  }
}
