package import MixNet
import Synchronization

/// The tags of all packets that one key has let through: exact, shared by all workers, of a fixed size.
///
/// Sixteen bytes of a tag are kept: that two packets agree in them by chance is as likely as guessing an AES key. The set
/// is sharded; a batch takes each shard's lock at most once, and has all its places fetched before it looks at the first. Places
/// follow from a hash under a key of the process's own, so that a sender, who knows the tags of its packets, cannot make them
/// crowd.
///
/// The set belongs to a key and ends with it; ``ReplayKeeping`` carries it over restarts. When keys rotate, each has a set of
/// its own.
package final class ReplayTags: Sendable {
  /// The words of a tag that are kept.
  package struct Tag: Equatable {
    let a: UInt64
    let b: UInt64

    var isEmpty: Bool { a | b == 0 }

    /// The shard that it belongs to, and where its search begins there: from different bits of a hash.
    @inline(__always)
    func place(_ key: (UInt64, UInt64), shards: Int, places: Int) -> (shard: Int, place: Int) {
      let product = (a ^ key.0).multipliedFullWidth(by: b ^ key.1)
      let hash = product.high ^ product.low
      let spread = hash &* 0x9e37_79b9_7f4a_7c15
      return (
        Int(truncatingIfNeeded: hash & UInt64(shards - 1)), Int(spread.multipliedFullWidth(by: UInt64(places)).high)
      )
    }
  }

  struct Shard {
    var count = 0
    /// A bit a place: its tag came from a file. Empty in a set of which nothing is saved at the stop.
    var restored: [UInt64] = []
  }

  final class Locked: Sendable {
    let shard: Mutex<Shard>
    init() { shard = Mutex(Shard()) }
  }

  /// As many as a node keeps when its configuration says nothing.
  package static let defaultMax = 16_777_216

  /// Where the tags are, and the key of the hash that says where.
  struct Table: Sendable {
    let pages: TagPages
    let key: (UInt64, UInt64)
  }

  package enum Outcome: UInt8 {
    case new, seen, full
  }

  let tagsMax: Int
  let shards: [Locked]
  let places: Int
  private let isSaved: Bool
  private let total = Atomic<Int>(0)
  /// Nil until the first worker has built its stage.
  let table = Mutex<Table?>(nil)
  /// How fast the set fills, over windows of ten seconds: when the present one began, and how many tags there were then.
  private let windowStart = Atomic<UInt64>(0)
  private let windowCount = Atomic<Int>(0)
  private let rate = Atomic<UInt64>(0)
  static let window = Nanos.s(10)

  /// Places for each tag: at three quarters full, a look-up touches few of them.
  private static func places(_ tagsMax: Int, shards: Int) -> Int { tagsMax / shards * 4 / 3 + 64 }
  private static func shards(_ tagsMax: Int) -> Int { tagsMax >= 1 << 18 ? 64 : tagsMax >= 1 << 14 ? 8 : 1 }

  /// A set for so many tags; `isSaved`: it can tell which of them did not come from a file.
  package init(tagsMax: Int, isSaved: Bool = false) {
    self.tagsMax = tagsMax
    self.isSaved = isSaved
    let shards = Self.shards(tagsMax)
    places = Self.places(tagsMax, shards: shards)
    self.shards = (0..<shards).map { _ in Locked() }
  }

  /// The memory that such a set takes, in bytes.
  static func memory(tagsMax: Int, isSaved: Bool = false) -> Int {
    let places = places(tagsMax, shards: shards(tagsMax))
    return shards(tagsMax) * (places * 16 + (isSaved ? (places + 63) / 64 * 8 : 0))
  }

  /// How many tags are in it.
  var count: Int { total.load(ordering: .relaxed) }

  /// Measures how fast the set fills; any worker may do so at any time.
  func measure(_ now: Instant) {
    let start = windowStart.load(ordering: .relaxed)
    let time = now - Instant(ns: start)
    guard start == 0 || time >= Self.window else { return }
    guard windowStart.compareExchange(expected: start, desired: max(1, now.ns), ordering: .relaxed).exchanged else {
      return
    }
    let before = windowCount.exchange(count, ordering: .relaxed)
    if start > 0 { rate.store((Double(count - before) * 1e9 / Double(time.ns)).bitPattern, ordering: .relaxed) }
  }

  /// How many seconds the set lasts at the present rate; nil while nothing comes.
  var lasts: Int? {
    let rate = Double(bitPattern: rate.load(ordering: .relaxed))
    return rate > 0 ? Int(min(Double(tagsMax - count) / rate, 1e15)) : nil
  }

  /// A batch of a worker's own, for at most `capacity` packets at once; nil when memory is short. The first takes the set's memory, so
  /// that a mere check of the configuration takes none, and draws the key of its hash.
  package func batch(capacity: Int, _ random: inout RandomStream) -> ReplayBatch? {
    let drawn = (random.next(), random.next() | 1)
    let table = table.withLock { table in
      if table == nil { table = TagPages(places: shards.count * places).map { Table(pages: $0, key: drawn) } }
      return table
    }
    guard let table else { return nil }
    if isSaved {
      for locked in shards {
        locked.shard.withLock { shard in
          if shard.restored.isEmpty { shard.restored = [UInt64](repeating: 0, count: (places + 63) / 64) }
        }
      }
    }
    return ReplayBatch(capacity: capacity, of: self, table)
  }

  /// Checks and keeps the tags of a batch, each shard's under one lock, in the batch's order; the outcomes are left in
  /// the batch.
  package func insert(_ batch: ReplayBatch) {
    precondition(batch.owner === self, "the batch is one of another set")
    while let (shard, first) = batch.takeShard() {
      let room = tagsMax - count
      let inserted = shards[shard].shard.withLock { insert(batch, from: first, of: shard, &$0, room: room) }
      if inserted > 0 { total.wrappingAdd(inserted, ordering: .relaxed) }
    }
  }

  /// One shard's packets, of which the first is given; how many of them are new.
  private func insert(
    _ batch: ReplayBatch, from first: Int, of number: Int, _ shard: inout Shard, room: Int
  ) -> Int {
    var (inserted, i) = (0, first)
    while i >= 0 {
      let entry = batch[i]
      let isRoom = inserted < room && !Probe.buggify("replay.full", oneIn: 100)
      let outcome = insert(entry.tag, at: entry.place, of: number, &shard, batch.pages, room: isRoom)
      batch.set(outcome, of: i)
      if outcome == .new { inserted += 1 }
      i = entry.next
    }
    return inserted
  }

  /// Adds tags that a file has kept, before any worker asks for one.
  func count(restored: Int) { total.wrappingAdd(restored, ordering: .relaxed) }

  /// Looks for a tag from the place on where it belongs, and puts it into the first that is empty.
  func insert(
    _ tag: Tag, at place: Int, of number: Int, _ shard: inout Shard, _ pages: TagPages, room: Bool
  ) -> Outcome {
    // The tag of zeros marks an empty place; one packet in 2^128 has it and is taken for seen.
    if tag.isEmpty { return .seen }
    if Probe.planted("tag_forgotten", oneIn: 2) { return .new }
    let first = number * places
    var at = place
    while true {
      let found = pages[first + at]
      if found == tag {
        Probe.reachable("replay.seen")
        return .seen
      }
      if found.isEmpty { break }
      at = at + 1 == places ? 0 : at + 1
    }
    // A shard never fills up to its last place: a search must find an end.
    guard room, shard.count < places * 15 / 16 else { return .full }
    pages[first + at] = tag
    shard.count += 1
    return .new
  }
}
