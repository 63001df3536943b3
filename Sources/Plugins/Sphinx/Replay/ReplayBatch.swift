package import MixNet

/// One worker's batch of tags, sorted by shard: a list through the packets of each.
@safe package final class ReplayBatch {
  struct Entry {
    var tag = ReplayTags.Tag(a: 0, b: 0)
    /// Where in its shard the tag's search begins.
    var place = 0
    /// The next packet of the same shard; -1 behind the last.
    var next = -1
    var outcome = ReplayTags.Outcome.new
  }

  struct List {
    var first = -1
    var last = -1
  }

  let pages: TagPages
  // Memory and not arrays: those of an object are checked for exclusive access at each look.
  private let entries: UnsafeMutableBufferPointer<Entry>
  private let lists: UnsafeMutableBufferPointer<List>
  /// The shards whose lists have packets, a bit each.
  private var used: UInt64 = 0
  private let shardPlaces: Int
  private let key: (UInt64, UInt64)

  /// The set that it is a batch of.
  let owner: ReplayTags

  init(capacity: Int, of set: ReplayTags, _ table: ReplayTags.Table) {
    let shards = set.shards.count
    precondition(shards <= 64, "a shard has no bit")
    unsafe entries = .allocate(capacity: capacity)
    unsafe entries.initialize(repeating: Entry())
    unsafe lists = .allocate(capacity: shards)
    unsafe lists.initialize(repeating: List())
    shardPlaces = set.places
    (key, pages) = (table.key, table.pages)
    owner = set
  }

  deinit {
    unsafe entries.deallocate()
    unsafe lists.deallocate()
  }

  /// The packet at place `i`, which is one of the batch's.
  subscript(_ i: Int) -> Entry {
    get { unsafe entries[checked(i)] }
    set { unsafe entries[checked(i)] = newValue }
  }

  func set(_ outcome: ReplayTags.Outcome, of i: Int) { unsafe entries[checked(i)].outcome = outcome }

  private func checked(_ i: Int) -> Int {
    unsafe precondition(entries.indices.contains(i), "the batch has no packet \(i)")
    return i
  }

  /// What became of the packet at place `i`.
  package func outcome(_ i: Int) -> ReplayTags.Outcome { self[i].outcome }

  /// Puts the packet at place `i` into its shard's list, and has its tag's place fetched: a set is larger than any cache, so
  /// each look-up would wait for memory, one after the other.
  package func add(_ i: Int, _ id: Bytes32) {
    let tag = ReplayTags.Tag(a: id.words[0], b: id.words[1])
    let (shard, place) = unsafe tag.place(key, shards: lists.count, places: shardPlaces)
    pages.prefetch(shard * shardPlaces + place)
    self[i] = Entry(tag: tag, place: place)
    let bit: UInt64 = 1 << UInt64(shard)
    if used & bit == 0 {
      used |= bit
      unsafe lists[shard].first = i
    } else {
      let last = unsafe checked(lists[shard].last)
      unsafe entries[last].next = i
    }
    unsafe lists[shard].last = i
  }

  /// Takes a shard that has packets, the lowest first, and says which is its first; nil when none is left.
  func takeShard() -> (shard: Int, first: Int)? {
    guard used != 0 else { return nil }
    let shard = used.trailingZeroBitCount
    used &= used - 1
    return unsafe (shard, lists[shard].first)
  }
}
