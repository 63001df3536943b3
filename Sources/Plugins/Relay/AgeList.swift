import MixNet

/// Things by the time of their last use: a list through an array, so that every change is a few writes and what is removed
/// leaves nothing behind.
struct AgeList<Element> {
  private struct Entry {
    var element: Element?
    var used = Instant.zero
    var older = -1
    var newer = -1
  }

  private var entries: [Entry] = []
  private var free: [Int] = []
  private var first = -1
  private var last = -1

  /// Puts something in that is used now; gives its place.
  mutating func add(_ element: Element, _ now: Instant) -> Int {
    let place: Int
    if let freed = free.popLast() {
      place = freed
    } else {
      place = entries.count
      entries.append(Entry())
    }
    entries[place].element = element
    link(place, now)
    return place
  }

  /// Something is used now.
  mutating func use(_ place: Int, _ now: Instant) {
    unlink(place)
    link(place, now)
  }

  /// Takes something out.
  mutating func remove(_ place: Int) {
    unlink(place)
    entries[place].element = nil
    free.append(place)
  }

  /// Places that it has taken memory for.
  var places: Int { entries.count }

  /// What has not been used for the longest time, and when that was.
  var oldest: (element: Element, used: Instant)? {
    guard first >= 0, let element = entries[first].element else { return nil }
    return (element, entries[first].used)
  }

  private mutating func link(_ place: Int, _ now: Instant) {
    entries[place].used = now
    (entries[place].older, entries[place].newer) = (last, -1)
    if last >= 0 { entries[last].newer = place } else { first = place }
    last = place
  }

  private mutating func unlink(_ place: Int) {
    let (older, newer) = (entries[place].older, entries[place].newer)
    if older >= 0 { entries[older].newer = newer } else { first = newer }
    if newer >= 0 { entries[newer].older = older } else { last = older }
  }
}
