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
    guard let table = table.withLock({ $0 }) else { return false }
    let (shard, place) = tag.place(table.key, shards: shards.count, places: places)
    let isRoom = count < tagsMax
    let (outcome, isNew) = shards[shard].shard.withLock { locked -> (Outcome, Bool) in
      let before = locked.count
      let outcome = insert(tag, at: place, of: shard, &locked, table.pages, room: isRoom)
      guard locked.count > before else { return (outcome, false) }
      if !locked.restored.isEmpty {
        let place = find(tag, from: place, of: shard, table.pages)
        locked.restored[place / 64] |= 1 << UInt64(place % 64)
      }
      return (outcome, true)
    }
    if isNew { count(restored: 1) }
    return outcome != .full
  }

  /// Where a tag is that is there.
  private func find(_ tag: Tag, from place: Int, of shard: Int, _ pages: TagPages) -> Int {
    var at = place
    while pages[shard * places + at] != tag { at = at + 1 == places ? 0 : at + 1 }
    return at
  }

  /// Goes on with a walk over the tags that came from no file: at most `most` of them, as bytes. Empty at its end.
  func unsaved(_ walk: inout Walk, most: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    guard let pages = table.withLock({ $0?.pages }) else { return bytes }
    while walk.shard < shards.count, bytes.count < 16 * most {
      let (number, place) = (walk.shard, walk.place)
      walk.place = shards[number].shard.withLock { shard in
        var at = place
        while at < places, bytes.count < 16 * most {
          let isRestored = !shard.restored.isEmpty && shard.restored[at / 64] >> UInt64(at % 64) & 1 == 1
          let tag = pages[number * places + at]
          if !tag.isEmpty, !isRestored { tag.append(to: &bytes) }
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
