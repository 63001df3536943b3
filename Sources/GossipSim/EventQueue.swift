package import MixNet

/// What is to happen, by its time; what comes at one time comes in the order in which it was put in.
package struct EventQueue<Value> {
  private var heap: [(time: Instant, number: Int, value: Value)] = []
  private var number = 0

  package init() {}

  package var count: Int { heap.count }

  package mutating func push(_ time: Instant, _ value: Value) {
    number += 1
    heap.append((time, number, value))
    var place = heap.count - 1
    while place > 0, isBefore(place, (place - 1) / 2) {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  package mutating func pop(until end: Instant) -> (time: Instant, value: Value)? {
    guard let first = heap.first, first.time <= end else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var place = 0
    while true {
      var least = place
      let (left, right) = (2 * place + 1, 2 * place + 2)
      if left < heap.count, isBefore(left, least) { least = left }
      if right < heap.count, isBefore(right, least) { least = right }
      guard least != place else { return (first.time, first.value) }
      heap.swapAt(place, least)
      place = least
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    (heap[a].time.ns, heap[a].number) < (heap[b].time.ns, heap[b].number)
  }
}
