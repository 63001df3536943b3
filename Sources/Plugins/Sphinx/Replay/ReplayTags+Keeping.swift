import MixNet
import Synchronization

/// How tags come from a file and go to one.
extension ReplayTags {
  /// How far a walk over the set has come.
  struct Walk {
    var shard = 0
    var place = 0
  }

  /// Takes in a tag that a file has kept, before any worker asks for one. False when there is no room for it.
  func restore(_ tag: Tag) -> Bool {
    guard let key = hashKey.withLock({ $0 }) else { return false }
    let (shard, hash) = tag.place(key, shards: shards.count)
    let isRoom = count < tagsMax
    let (outcome, isNew) = shards[shard].shard.withLock { locked -> (Outcome, Bool) in
      let before = locked.count
      let outcome = Self.insert(tag, hash, into: &locked, places: places, room: isRoom)
      guard locked.count > before else { return (outcome, false) }
      if !locked.restored.isEmpty {
        let place = Self.place(of: tag, hash, in: locked, places: places)
        locked.restored[place / 64] |= 1 << UInt64(place % 64)
      }
      return (outcome, true)
    }
    if isNew { count(restored: 1) }
    return outcome != .full
  }

  private static func place(of tag: Tag, _ hash: UInt64, in shard: Shard, places: Int) -> Int {
    var at = Int(hash.multipliedFullWidth(by: UInt64(places)).high)
    while shard.words[2 * at] != tag.a || shard.words[2 * at + 1] != tag.b { at = at + 1 == places ? 0 : at + 1 }
    return at
  }

  /// Goes on with a walk over the tags that came from no file: at most `most` of them, as bytes. Empty at its end.
  func unsaved(_ walk: inout Walk, most: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while walk.shard < shards.count, bytes.count < 16 * most {
      let place = walk.place
      walk.place = shards[walk.shard].shard.withLock { shard in
        var at = place
        while at < places, bytes.count < 16 * most {
          let isRestored = !shard.restored.isEmpty && shard.restored[at / 64] >> UInt64(at % 64) & 1 == 1
          let tag = Tag(a: shard.words[2 * at], b: shard.words[2 * at + 1])
          if tag.a | tag.b != 0, !isRestored { tag.append(to: &bytes) }
          at += 1
        }
        return at
      }
      if walk.place == places { walk = Walk(shard: walk.shard + 1) }
    }
    return bytes
  }
}

extension ReplayTags.Tag {
  /// The tag's first sixteen bytes, as it has them.
  func append(to bytes: inout [UInt8]) {
    for word in [a, b] { for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) } }
  }

  /// The tag that begins at a place of some bytes; there are sixteen.
  init(_ bytes: [UInt8], at place: Int) {
    func word(_ from: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(bytes[from + $1]) << UInt64(8 * $1) } }
    (a, b) = (word(place), word(place + 8))
  }
}
