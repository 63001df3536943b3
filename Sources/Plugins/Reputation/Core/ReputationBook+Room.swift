package import MixNet

/// Who is kept when there is no room for all: who is connected or banned always, then the worst, then those of whom something was told
/// last. A newcomer takes no place from anyone who has done worse. So new names, of which an attacker has as many as he likes, push out
/// no ban, and while all places are taken by bans, what newcomers do is counted and forgotten.
extension ReputationBook {
  /// Room is made for so many at once: a look at all records for each newcomer would be dear.
  private var batch: Int { max(1, rules.recordsMax / 16) }
  /// When there was less to give away than that, nobody of that weight looks again for so long.
  private static let pause = Nanos.s(10)

  /// Forgets those of whom nothing need be known any more.
  package mutating func sweep(at time: Instant) { sweep(at: BookTime(time)) }

  private mutating func sweep(at now: BookTime) {
    for i in records.indices { records[i].settle(at: now, rules.preset) }
    let over = Set(records.indices.filter { records[$0].isOver(at: now, kept: rules.kept) })
    remove(over)
  }

  /// True when there is room for a newcomer of this weight, perhaps because others gave way.
  mutating func hasRoom(weight: Int, at now: BookTime) -> Bool {
    guard records.count >= rules.recordsMax else { return true }
    if let again = roomAgain, now < again.time, weight <= again.weight { return false }
    sweep(at: now)
    let missing = batch - (rules.recordsMax - records.count)
    if missing > 0 { displace(missing, upTo: weight, at: now) }
    let free = rules.recordsMax - records.count
    Probe.sometimes("reputation.no_room", free == 0)
    roomAgain = free < batch ? (now + Self.pause, weight) : nil
    return free > 0
  }

  /// Removes up to `count` records of at most this weight, the lightest first and of these the oldest.
  private mutating func displace(_ count: Int, upTo weight: Int, at now: BookTime) {
    let lightest = records.indices
      .filter { records[$0].links == 0 && !records[$0].isBanned }
      .map { (weight: records[$0].weight(at: now), touched: records[$0].touched.ns, place: $0) }
      .filter { $0.weight <= weight }
      .sorted { ($0.weight, $0.touched, $0.place) < ($1.weight, $1.touched, $1.place) }
    let chosen = Set(lightest.prefix(count).map(\.place))
    displaced += chosen.count
    remove(chosen)
  }

  /// Removes the records at these places; the others keep their order.
  private mutating func remove(_ chosen: Set<Int>) {
    guard !chosen.isEmpty else { return }
    replace(by: records.indices.filter { !chosen.contains($0) }.map { records[$0] })
  }

  /// Makes these the book's records, each of another node; of too many the heaviest are kept.
  mutating func replace(by new: [PeerRecord], at now: BookTime? = nil) {
    records = new
    if let now, new.count > rules.recordsMax {
      let order = new.indices.sorted { a, b in
        let (left, right) = (new[a], new[b])
        if left.isBanned != right.isBanned { return left.isBanned }
        return (left.weight(at: now), left.touched.ns, b) > (right.weight(at: now), right.touched.ns, a)
      }
      records = order.prefix(rules.recordsMax).map { new[$0] }
    }
    places = [:]
    places.reserveCapacity(records.count)
    for (place, record) in records.enumerated() { places[record.node] = place }
  }
}
