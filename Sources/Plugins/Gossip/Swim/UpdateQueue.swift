import MixNet

/// News that others have to hear, each a number of times; of one node only the latest. What is newest goes first.
struct UpdateQueue: Sendable {
  private var entries: [(id: Bytes32, sent: Int)] = []

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(_ id: Bytes32) {
    entries.removeAll { $0.id == id }
    entries.insert((id, 0), at: 0)
  }

  /// What the next message tells, as much as fits it; `first` goes before all else and is not counted.
  mutating func take(repeats: Int, first: MemberUpdate?, _ update: (Bytes32) -> MemberUpdate?) -> [MemberUpdate] {
    var (news, later): ([MemberUpdate], [(id: Bytes32, sent: Int)]) = (first.map { [$0] } ?? [], [])
    var taken = 0
    for entry in entries {
      guard news.count < SwimMessage.updatesMax else { break }
      if let update = update(entry.id) {
        if SwimMessage.fitting(news + [update]).count == news.count { break }
        if entry.id != first?.record.id { news.append(update) }
        if entry.sent + 1 < repeats { later.append((entry.id, entry.sent + 1)) }
      }
      taken += 1
    }
    entries.removeFirst(taken)
    entries += later
    return news
  }
}
