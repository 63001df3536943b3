/// What became of the points that runs have passed, by name.
struct ProbeCounts: Sendable {
  /// How often a point was passed, and how often it fired: it made trouble, its value was another one, its condition held.
  struct Entry: Sendable {
    let name: String
    var passed: Int
    var fired: Int
  }

  /// In the order of the names.
  private(set) var entries: [Entry] = []

  mutating func add(_ name: String, passed: Int, fired: Int) {
    let place = entries.firstIndex { $0.name >= name } ?? entries.count
    if place < entries.count, entries[place].name == name {
      entries[place].passed += passed
      entries[place].fired += fired
    } else {
      entries.insert(Entry(name: name, passed: passed, fired: fired), at: place)
    }
  }

  mutating func add(_ other: ProbeCounts) {
    for entry in other.entries { add(entry.name, passed: entry.passed, fired: entry.fired) }
  }

  /// One of zeros for a point that was never passed.
  subscript(_ name: String) -> Entry { entries.first { $0.name == name } ?? Entry(name: name, passed: 0, fired: 0) }

  /// True when the point did what a sweep expects of it: what must hold was looked at, all others fired.
  func hasShown(_ point: ProbePoint) -> Bool {
    let entry = self[point.name]
    return point.kind == .always ? entry.passed > 0 : entry.fired > 0
  }
}
