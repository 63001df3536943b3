/// Of each origin that was heard lately: from which neighbour its messages come, and to which ones they go only as announcements.
///
/// It has room for so many origins; a further one takes the place of the one that was quiet for longest. All places are made at the
/// start and linked in the order of their last use.
struct OriginTable: Sendable {
  struct Entry: Sendable {
    /// The origin, by the key that ``GossipTree`` is given.
    fileprivate var key: UInt64 = 0
    /// Neighbours that hear only of the message.
    var lazy = Slots()
    /// The neighbour from which its last message came first; nil: none, or it is this node's own.
    var parent: Slot?
    fileprivate var newer = -1
    fileprivate var older = -1

    fileprivate init(of key: UInt64 = 0) { self.key = key }
  }

  private var entries: [Entry] = []
  private var places: [UInt64: Int] = [:]
  private var newest = -1
  private var oldest = -1
  let capacity: Int

  init(capacity: Int) {
    self.capacity = max(1, capacity)
    entries.reserveCapacity(self.capacity)
    places.reserveCapacity(self.capacity)
  }

  var count: Int { entries.count }

  /// The entry of an origin, if there is one. What neighbours merely say makes none, or they could fill the table with origins
  /// that nobody is.
  func find(_ key: UInt64) -> Entry? { places[key].map { entries[$0] } }

  /// Changes the entry of an origin, if there is one.
  mutating func change(_ key: UInt64, _ change: (inout Entry) -> Void) {
    if let place = places[key] { change(&entries[place]) }
  }

  /// Changes the entry of an origin of which there is a message, made where there is none; it is now the last used.
  mutating func use(_ key: UInt64, _ change: (inout Entry) -> Void) { change(&entries[place(key)]) }

  /// Changes all entries.
  mutating func changeAll(_ change: (inout Entry) -> Void) {
    for place in entries.indices { change(&entries[place]) }
  }

  private mutating func place(_ key: UInt64) -> Int {
    if let place = places[key] {
      if place != newest {
        unlink(place)
        link(place)
      }
      return place
    }
    let place: Int
    if entries.count < capacity {
      place = entries.count
      entries.append(Entry())
    } else {
      place = oldest
      unlink(place)
      places[entries[place].key] = nil
    }
    entries[place] = Entry(of: key)
    places[key] = place
    link(place)
    return place
  }

  private mutating func link(_ place: Int) {
    (entries[place].older, entries[place].newer) = (newest, -1)
    if newest >= 0 { entries[newest].newer = place } else { oldest = place }
    newest = place
  }

  private mutating func unlink(_ place: Int) {
    let (newer, older) = (entries[place].newer, entries[place].older)
    if newer >= 0 { entries[newer].older = older } else { newest = older }
    if older >= 0 { entries[older].newer = newer } else { oldest = newer }
  }
}
