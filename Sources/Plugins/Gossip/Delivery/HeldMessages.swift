import MixNet

/// Messages that wait for those before them, in the order in which they came: who has waited for longest, and is due first, is found at once, and
/// any of them leaves at once, however many origins there are.
struct HeldMessages<Message: Sendable>: Sendable {
  /// Where a message is kept; the place is used again when it has left.
  typealias Place = Int

  struct Held: Sendable {
    /// The place of its origin among the origins.
    let origin: Int
    let epoch: UInt64
    let number: UInt64
    let since: Instant
    let message: Message
    var rank: (UInt64, UInt64) { (epoch, number) }
  }

  private struct Entry: Sendable {
    /// Nil where the place is free.
    var held: Held?
    var older: Place
    var newer: Place
  }

  private var entries: [Entry] = []
  private var free: [Place] = []
  private var oldest = -1
  private var newest = -1
  private(set) var count = 0

  /// Who has waited for longest.
  var first: Held? { oldest < 0 ? nil : entries[oldest].held }

  subscript(place: Place) -> Held? { entries[place].held }

  mutating func add(_ held: Held) -> Place {
    // Time does not go back, as a rule: then the newest is the last, and nothing is passed by.
    var older = newest
    while older >= 0, let other = entries[older].held, other.since > held.since { older = entries[older].older }
    let newer = older < 0 ? oldest : entries[older].newer
    let entry = Entry(held: held, older: older, newer: newer)
    let place = free.popLast() ?? entries.count
    if place == entries.count { entries.append(entry) } else { entries[place] = entry }
    if older >= 0 { entries[older].newer = place } else { oldest = place }
    if newer >= 0 { entries[newer].older = place } else { newest = place }
    count += 1
    return place
  }

  mutating func remove(_ place: Place) -> Held? {
    guard let held = entries[place].held else { return nil }
    let (older, newer) = (entries[place].older, entries[place].newer)
    if older >= 0 { entries[older].newer = newer } else { oldest = newer }
    if newer >= 0 { entries[newer].older = older } else { newest = older }
    entries[place].held = nil
    free.append(place)
    count -= 1
    return held
  }
}
