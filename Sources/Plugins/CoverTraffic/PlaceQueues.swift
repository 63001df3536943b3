/// Queues over the places of one hold, each in the order in which its packets came: whoever has the packets keeps them in a list
/// from which the last one moves into a gap, and takes out the places that ``removeFirst(of:)`` gives.
///
/// Everything but ``rearrange(_:count:)`` takes the same time however many packets there are, and allocates nothing up to the
/// capacity.
struct PlaceQueues: Sendable {
  private struct Entry {
    var queue: Int
    var before: Int32
    var behind = none
  }

  private struct Queue {
    var first = none
    var last = none
    var count = 0
  }

  /// The place of no packet.
  private static let none: Int32 = -1
  /// How many packets there is room for.
  let capacity: Int
  private var entries: [Entry] = []
  private var queues: [Queue]

  /// So many empty queues, with room for `capacity` packets in all.
  init(_ count: Int, capacity: Int) {
    self.capacity = min(max(0, capacity), Int(Int32.max))
    queues = [Queue](repeating: Queue(), count: count)
    entries.reserveCapacity(self.capacity)
  }

  /// What they take for each packet, in bytes.
  static var bytesPerPacket: Int { MemoryLayout<Entry>.stride }

  /// How many packets there are.
  var count: Int { entries.count }
  /// How many packets are in a queue.
  func count(of queue: Int) -> Int { queues[queue].count }

  /// A packet has come into a queue, and is at the place behind all others; false, and nothing has happened, where there is no room.
  mutating func append(to queue: Int) -> Bool {
    guard entries.count < capacity else { return false }
    entries.append(Entry(queue: queue, before: Self.none))
    link(Int32(entries.count - 1), to: queue)
    return true
  }

  /// The place of the first packet of a queue, which from now on is no more; nil in an empty one.
  mutating func removeFirst(of queue: Int) -> Int? {
    guard let place = unlinkFirst(of: queue) else { return nil }
    let last = entries.removeLast()
    if Int(place) < entries.count {
      entries[Int(place)] = last
      point(before: last, to: place)
      point(behind: last, to: place)
    }
    return Int(place)
  }

  /// The first packet of a queue becomes the last one of another; false where there is none.
  mutating func moveFirst(of queue: Int, to other: Int) -> Bool {
    guard let place = unlinkFirst(of: queue) else { return false }
    link(place, to: other)
    return true
  }

  /// Goes on with `count` queues: what was in queue `i` is in queue `numbers[i]` now. Of several that become one, those with the
  /// higher number follow.
  mutating func rearrange(_ numbers: [Int], count: Int) {
    var places: [(queue: Int, place: Int32)] = []
    for (queue, number) in numbers.enumerated() {
      while let place = unlinkFirst(of: queue) { places.append((number, place)) }
    }
    queues = [Queue](repeating: Queue(), count: count)
    for item in places { link(item.place, to: item.queue) }
  }

  /// Puts a packet that is in no queue at the end of one.
  private mutating func link(_ place: Int32, to queue: Int) {
    let last = queues[queue].last
    entries[Int(place)] = Entry(queue: queue, before: last)
    if last == Self.none { queues[queue].first = place } else { entries[Int(last)].behind = place }
    queues[queue].last = place
    queues[queue].count += 1
  }

  private mutating func unlinkFirst(of queue: Int) -> Int32? {
    let place = queues[queue].first
    guard place != Self.none else { return nil }
    let behind = entries[Int(place)].behind
    queues[queue].first = behind
    if behind == Self.none { queues[queue].last = behind } else { entries[Int(behind)].before = Self.none }
    queues[queue].count -= 1
    return place
  }

  /// Whatever is before a packet has it at this place now.
  private mutating func point(before entry: Entry, to place: Int32) {
    if entry.before == Self.none {
      queues[entry.queue].first = place
    } else {
      entries[Int(entry.before)].behind = place
    }
  }

  private mutating func point(behind entry: Entry, to place: Int32) {
    if entry.behind == Self.none {
      queues[entry.queue].last = place
    } else {
      entries[Int(entry.behind)].before = place
    }
  }
}
