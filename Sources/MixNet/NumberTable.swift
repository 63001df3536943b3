/// Finds a number, often a place in a list, by another of 64 bits: a dictionary for what is looked up for every packet, with a cheaper hash and, as a
/// rule, one look at memory beside its header.
///
/// Entries lie one behind the other from the place that their key's hash names. Whoever does not know the seed cannot say which keys lie together; for
/// an unlucky seed neighbouring keys may, and then a look takes longer.
package struct NumberTable: ~Copyable, Sendable {
  private struct Entry {
    var key: UInt64 = 0
    /// The value and one; 0 where there is none.
    var mark: UInt64 = 0
  }

  // A power of two of them, half of which are vacant at least.
  private var entries: [Entry]
  private var mask: Int
  private let secrets: (UInt64, UInt64)
  package private(set) var count = 0

  /// An empty table, which grows with what is in it. `seed` is to be a secret where others choose keys.
  package init(seed: Seed) {
    var random = RandomStream(seed: seed)
    secrets = (random.next(), random.next() | 1)
    let size = Self.size(0)
    (entries, mask) = ([Entry](repeating: Entry(), count: size), size - 1)
  }

  /// Entries of a table to which so many keys have come at once.
  private static func size(_ count: Int) -> Int {
    var size = 8
    while size < 2 * count { size *= 2 }
    return size
  }

  /// The memory that a table takes to which so many keys have come, in bytes; while it grows to that, half as much again.
  package static func memory(capacity: Int) -> Int { size(capacity) * MemoryLayout<Entry>.stride }

  /// What was set for a key; nil where nothing was. Setting nil removes it. Values are not negative.
  package subscript(key: UInt64) -> Int? {
    get {
      let mark = entries[place(of: key)].mark
      return mark == 0 ? nil : Int(mark - 1)
    }
    set {
      if let newValue { set(key, newValue) } else { remove(key) }
    }
  }

  private func home(of key: UInt64) -> Int {
    let product = (key ^ secrets.0).multipliedFullWidth(by: secrets.1)
    return Int(truncatingIfNeeded: product.high ^ product.low) & mask
  }

  /// Where a key lies, or would.
  private func place(of key: UInt64) -> Int {
    var place = home(of: key)
    while entries[place].mark != 0, entries[place].key != key { place = (place + 1) & mask }
    return place
  }

  private mutating func set(_ key: UInt64, _ value: Int) {
    var place = place(of: key)
    if entries[place].mark == 0 {
      if 2 * (count + 1) > entries.count {
        grow()
        place = self.place(of: key)
      }
      count += 1
    }
    entries[place] = Entry(key: key, mark: UInt64(value) + 1)
  }

  /// Those behind it that a search would not find any more over the gap move up.
  private mutating func remove(_ key: UInt64) {
    var gap = place(of: key)
    guard entries[gap].mark != 0 else { return }
    count -= 1
    var place = gap
    while true {
      place = (place + 1) & mask
      guard entries[place].mark != 0 else { break }
      let far = (place - home(of: entries[place].key)) & mask
      guard far >= (place - gap) & mask else { continue }
      entries[gap] = entries[place]
      gap = place
    }
    entries[gap].mark = 0
  }

  private mutating func grow() {
    let old = entries
    entries = [Entry](repeating: Entry(), count: 2 * old.count)
    mask = entries.count - 1
    for entry in old where entry.mark != 0 { entries[place(of: entry.key)] = entry }
  }
}
