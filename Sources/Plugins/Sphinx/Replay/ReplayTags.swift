package import MixNet
import Synchronization

/// The tags of all packets that one key has let through: exact, shared by all workers, of a fixed size.
///
/// Sixteen bytes of a tag are kept: that two packets agree in them by chance is as likely as guessing an AES key. The set
/// is sharded; a batch takes each shard's lock at most once. Places follow from a hash under a key of the process's own,
/// so that a sender, who knows the tags of its packets, cannot make them crowd.
///
/// The set belongs to a key and ends with it; ``ReplayKeeping`` carries it over restarts. When keys rotate, each has a set of
/// its own.
package final class ReplayTags: Sendable {
  /// The words of a tag that are kept.
  package struct Tag {
    let a: UInt64
    let b: UInt64

    /// The shard that it belongs to, and the hash that gives its place there: from different bits.
    @inline(__always)
    func place(_ key: (UInt64, UInt64), shards: Int) -> (shard: Int, hash: UInt64) {
      let product = (a ^ key.0).multipliedFullWidth(by: b ^ key.1)
      let hash = product.high ^ product.low
      return (Int(truncatingIfNeeded: hash & UInt64(shards - 1)), hash &* 0x9e37_79b9_7f4a_7c15)
    }
  }

  struct Shard {
    /// Two words a place; zero words mark an empty one.
    var words: [UInt64]
    var count = 0
    /// A bit a place: its tag came from a file. Empty in a set of which nothing is saved at the stop.
    var restored: [UInt64] = []
  }

  final class Locked: Sendable {
    let shard: Mutex<Shard>
    init() { shard = Mutex(Shard(words: [])) }
  }

  /// As many as a node keeps when its configuration says nothing.
  package static let defaultMax = 16_777_216

  package enum Outcome: UInt8 {
    case new, seen, full
  }

  let tagsMax: Int
  let shards: [Locked]
  let places: Int
  private let isSaved: Bool
  private let total = Atomic<Int>(0)
  let hashKey = Mutex<(UInt64, UInt64)?>(nil)
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

  /// Takes the memory, once; the first worker that builds its stage does it, so that a mere check of the configuration
  /// takes none.
  private func takeMemory() {
    for locked in shards {
      locked.shard.withLock { shard in
        if shard.words.isEmpty {
          shard.words = [UInt64](repeating: 0, count: 2 * places)
          if isSaved { shard.restored = [UInt64](repeating: 0, count: (places + 63) / 64) }
        }
      }
    }
  }

  /// The memory that such a set takes, in bytes.
  static func memory(tagsMax: Int, isSaved: Bool = false) -> Int {
    let places = places(tagsMax, shards: shards(tagsMax))
    return shards(tagsMax) * (places * 16 + (isSaved ? (places + 63) / 64 * 8 : 0))
  }

  /// How many tags are in it.
  var count: Int { total.load(ordering: .relaxed) }
  package var shardCount: Int { shards.count }

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

  /// Makes the set ready, and gives the key of its hash: drawn by the first worker, the same for all.
  package func start(_ random: inout RandomStream) -> (UInt64, UInt64) {
    takeMemory()
    let drawn = (random.next(), random.next() | 1)
    return hashKey.withLock { key in
      if let key { return key }
      key = drawn
      return drawn
    }
  }

  /// Checks and keeps the tags of a batch, each shard's under one lock, in the batch's order; the outcomes are left in
  /// the batch.
  package func insert(_ batch: ReplayBatch) {
    for shard in shards.indices where batch.first[shard] >= 0 {
      var room = tagsMax - count
      let inserted = shards[shard].shard.withLock { locked -> Int in
        var inserted = 0
        var i = batch.first[shard]
        while i >= 0 {
          let isRoom = room > 0 && !Probe.buggify("replay.full", oneIn: 100)
          let outcome = Self.insert(batch.tags[i], batch.hashes[i], into: &locked, places: places, room: isRoom)
          batch.outcomes[i] = outcome
          if outcome == .new {
            inserted += 1
            room -= 1
          }
          i = batch.next[i]
        }
        return inserted
      }
      if inserted > 0 { total.wrappingAdd(inserted, ordering: .relaxed) }
      batch.first[shard] = -1
    }
  }

  /// Adds tags that a file has kept, before any worker asks for one.
  func count(restored: Int) { total.wrappingAdd(restored, ordering: .relaxed) }

  static func insert(
    _ tag: Tag, _ hash: UInt64, into shard: inout Shard, places: Int, room: Bool
  ) -> Outcome {
    // The tag of zeros marks an empty place; one packet in 2^128 has it and is taken for seen.
    if tag.a | tag.b == 0 { return .seen }
    if Probe.planted("tag_forgotten", oneIn: 2) { return .new }
    var at = Int(hash.multipliedFullWidth(by: UInt64(places)).high)
    while true {
      let (a, b) = (shard.words[2 * at], shard.words[2 * at + 1])
      if a == tag.a, b == tag.b {
        Probe.reachable("replay.seen")
        return .seen
      }
      if a | b == 0 { break }
      at = at + 1 == places ? 0 : at + 1
    }
    // A shard never fills up to its last place: a search must find an end.
    guard room, shard.count < places * 15 / 16 else { return .full }
    shard.words[2 * at] = tag.a
    shard.words[2 * at + 1] = tag.b
    shard.count += 1
    return .new
  }
}

/// One worker's batch of tags, sorted by shard: a list through the places for each.
package final class ReplayBatch {
  var tags: [ReplayTags.Tag]
  var hashes: [UInt64]
  package var outcomes: [ReplayTags.Outcome]
  var next: [Int]
  var first: [Int]
  private var last: [Int]
  private let key: (UInt64, UInt64)

  package init(capacity: Int, shards: Int, key: (UInt64, UInt64)) {
    tags = [ReplayTags.Tag](repeating: .init(a: 0, b: 0), count: capacity)
    hashes = [UInt64](repeating: 0, count: capacity)
    outcomes = [ReplayTags.Outcome](repeating: .new, count: capacity)
    next = [Int](repeating: -1, count: capacity)
    first = [Int](repeating: -1, count: shards)
    last = [Int](repeating: -1, count: shards)
    self.key = key
  }

  /// Puts the packet at place `i` into its shard's list.
  package func add(_ i: Int, _ id: Bytes32) {
    let tag = ReplayTags.Tag(a: id.words[0], b: id.words[1])
    let (shard, hash) = tag.place(key, shards: first.count)
    tags[i] = tag
    hashes[i] = hash
    next[i] = -1
    if first[shard] < 0 { first[shard] = i } else { next[last[shard]] = i }
    last[shard] = i
  }
}
