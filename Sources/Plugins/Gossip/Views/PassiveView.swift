import MixNet

/// Nodes that could be neighbours: those that were once ("tried"), and those that were only heard of.
///
/// Peers say what they like, so hearsay is bounded wherever it comes from: one teller fills at most a quarter, one netgroup an eighth,
/// and half of the places are for nodes that this one has met, which no hearsay can push out or move to another address. When there is
/// no room, the oldest goes.
///
/// Source: Heilman, Kendler, Zohar, Goldberg, "Eclipse attacks on Bitcoin's peer-to-peer network" (2015), for tried and new.
struct PassiveView: Sendable {
  struct Entry: Sendable {
    var record: NodeRecord
    /// When somebody had word of it from itself.
    var heard: Instant
    var isTried: Bool
    /// Who told of it.
    var teller: Bytes32?
    var fails: UInt8 = 0
    /// Not to be asked before.
    var rests = Instant.zero
  }

  private(set) var entries: [Entry] = []
  var capacity: Int
  let limitsNetgroups: Bool

  var tellerMax: Int { max(4, capacity / 4) }
  var netgroupMax: Int { max(2, capacity / 8) }

  init(capacity: Int, limitsNetgroups: Bool) {
    (self.capacity, self.limitsNetgroups) = (max(2, capacity), limitsNetgroups)
  }

  func find(_ id: Bytes32) -> Entry? { entries.first { $0.record.id == id } }

  mutating func remove(_ id: Bytes32) { entries.removeAll { $0.record.id == id } }

  /// Takes what a peer says, as far as the bounds allow.
  mutating func hear(_ record: NodeRecord, heard: Instant, teller: Bytes32) {
    if let place = entries.firstIndex(where: { $0.record.id == record.id }) { return hearAgain(place, record, heard) }
    if of({ !$0.isTried && $0.teller == teller }) >= tellerMax {
      guard removeOldest(than: heard, { !$0.isTried && $0.teller == teller }) else { return }
    }
    if limitsNetgroups, let group = Netgroup(record.address) {
      let isInGroup: (Entry) -> Bool = { Netgroup($0.record.address) == group }
      if of(isInGroup) >= netgroupMax {
        guard removeOldest(than: heard, { !$0.isTried && isInGroup($0) }) else { return }
      }
    }
    if entries.count >= capacity { guard removeOldest(than: heard, { !$0.isTried }) else { return } }
    entries.append(Entry(record: record, heard: heard, isTried: false, teller: teller))
  }

  private mutating func hearAgain(_ place: Int, _ record: NodeRecord, _ heard: Instant) {
    let known = entries[place]
    if known.record.address == record.address {
      entries[place].heard = max(known.heard, heard)
      entries[place].record.incarnation = max(known.record.incarnation, record.incarnation)
    } else if !known.isTried, record.incarnation > known.record.incarnation {
      entries[place].record = record
      entries[place].heard = heard
    }
  }

  /// A node that was a neighbour until now.
  mutating func met(_ record: NodeRecord, now: Instant, rests: Instant) {
    remove(record.id)
    if of(\.isTried) >= capacity / 2 { _ = removeOldest(than: .never, \.isTried) }
    if entries.count >= capacity { _ = removeOldest(than: .never) { !$0.isTried } }
    entries.append(Entry(record: record, heard: now, isTried: true, teller: nil, rests: rests))
  }

  /// The node said no: it is there, and is to be asked later.
  mutating func refused(_ id: Bytes32, now: Instant, rests: Instant) {
    guard let place = entries.firstIndex(where: { $0.record.id == id }) else { return }
    (entries[place].heard, entries[place].rests) = (now, rests)
  }

  /// Nobody answered there. It is forgotten, unless nobody answers anywhere, which may be this node's own fault.
  mutating func failed(_ id: Bytes32, now: Instant, isAlone: Bool) {
    guard let place = entries.firstIndex(where: { $0.record.id == id }) else { return }
    entries[place].fails += 1
    let fails = entries[place].fails
    if fails >= (isAlone ? 6 : entries[place].isTried ? 2 : 1) {
      entries.remove(at: place)
    } else {
      entries[place].rests = now + Nanos.s(1) * (1 << UInt64(fails))
    }
  }

  /// Forgets hearsay that is too old.
  mutating func age(olderThan limit: Nanos, now: Instant) {
    entries.removeAll { !$0.isTried && now - $0.heard > limit }
  }

  /// Somebody to ask: one that was tried or one that was not, either as likely.
  static func choose(of ready: [Entry], _ random: inout RandomStream) -> NodeRecord? {
    let wantsTried = random.below(2) == 0
    let some = ready.filter { $0.isTried == wantsTried }
    let pool = some.isEmpty ? ready : some
    return pool.isEmpty ? nil : pool[Int(random.below(UInt64(pool.count)))].record
  }

  /// Some to tell others of, each as likely, none older than `limit`.
  func sample(_ count: Int, olderThan limit: Nanos, now: Instant, _ random: inout RandomStream) -> [PeerHint] {
    var pool = entries.filter { now - $0.heard <= limit }
    var some: [PeerHint] = []
    while some.count < count, !pool.isEmpty {
      let place = Int(random.below(UInt64(pool.count)))
      pool.swapAt(place, pool.count - 1)
      let entry = pool.removeLast()
      some.append(PeerHint(entry.record, age: UInt16(clamping: (now - entry.heard).ms / 1_000)))
    }
    return some
  }

  private func of(_ isOne: (Entry) -> Bool) -> Int { entries.reduce(0) { $0 + (isOne($1) ? 1 : 0) } }

  /// Removes the oldest of those; false when it is no older than `heard`, or there is none.
  private mutating func removeOldest(than heard: Instant, _ isOne: (Entry) -> Bool) -> Bool {
    var oldest: Int?
    for place in entries.indices where isOne(entries[place]) {
      if entries[place].heard < (oldest.map { entries[$0].heard } ?? .never) { oldest = place }
    }
    guard let oldest, entries[oldest].heard <= heard else { return false }
    entries.remove(at: oldest)
    return true
  }
}
