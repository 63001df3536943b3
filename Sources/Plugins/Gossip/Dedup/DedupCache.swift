public import MixNet

/// Which messages were seen lately, by their ids: exact, and of a bounded size.
///
/// There are two generations. New ids go into the present one; when that is `keep` old, it becomes the former one, and what was
/// the former one is forgotten at once. So an id is remembered for `keep` at least and twice that at most. Where more ids come
/// than there is room for, a generation ends before its time: of the last `capacity / 2` ids none is ever forgotten, and an id that is new is never
/// taken for one that was seen.
public struct DedupCache: Sendable {
  /// Ids that are remembered at most.
  public let capacity: Int
  /// The least time for which an id is remembered, unless there are more ids than there is room for.
  public let keep: Nanos
  /// The ids in the order in which they came; those from `former` on count, and are of the present generation from `present` on.
  private var ids: [Bytes16]
  /// Those that were forgotten one by one; they keep their place while others have come after them.
  private var isForgotten: [Bool]
  private var index: RingIndex
  /// The number of the next id; the first one's is 1.
  private var end: UInt64 = 1
  private var present: UInt64 = 1
  private var former: UInt64 = 1
  private var forgottenPresent = 0
  private var forgottenFormer = 0
  /// When the present generation began; nil before the first id.
  private var began: Instant?
  /// Generations that had to end before their time.
  public private(set) var forcedRotations = 0

  /// A cache of so many ids, two at least, that takes its memory at once. `seed` is to be a secret where others choose ids: who knows it can make
  /// some that take long to look for.
  public init(capacity: Int, keep: Nanos, seed: Seed) {
    self.capacity = min(max(2, capacity), Int(UInt32.max))
    self.keep = keep
    let capacity = self.capacity
    // The memory is touched when there is something in it.
    ids = unsafe [Bytes16](unsafeUninitializedCapacity: capacity) { _, count in count = capacity }
    isForgotten = [Bool](repeating: false, count: capacity)
    index = RingIndex(places: capacity, seed: seed.derived("dedup"))
  }

  /// Remembers an id; true when it was new.
  public mutating func checkAndMark(_ id: Bytes16, now: Instant) -> Bool {
    age(now)
    guard number(of: id, from: former) == nil else { return false }
    if Int(end - present) >= capacity / 2 {
      forcedRotations += 1
      rotate(now)
    }
    ids[index.place(of: end)] = id
    isForgotten[index.place(of: end)] = false
    index.add(id, number: end)
    end += 1
    return true
  }

  private func number(of id: Bytes16, from first: UInt64) -> UInt64? {
    index.find(id, last: Int(end - first), before: end) { ids[$0] == id && !isForgotten[$0] }
  }

  /// Whether an id is remembered.
  public func hasSeen(_ id: Bytes16, now: Instant) -> Bool {
    switch generationsOver(now) {
    case 0: number(of: id, from: former) != nil
    case 1: number(of: id, from: present) != nil
    default: false
    }
  }

  /// Forgets one id: what came under it was not what it said, and the true one may still come.
  public mutating func forget(_ id: Bytes16) {
    guard let number = number(of: id, from: former) else { return }
    isForgotten[index.place(of: number)] = true
    if number < present { forgottenFormer += 1 } else { forgottenPresent += 1 }
    while end > present, isForgotten[index.place(of: end - 1)] {
      end -= 1
      forgottenPresent -= 1
      index.takeBack(ids[index.place(of: end)], number: end)
    }
  }

  /// Forgets all.
  public mutating func clear() {
    (present, former) = (end, end)
    (forgottenPresent, forgottenFormer) = (0, 0)
    began = nil
  }

  /// How many ids are remembered.
  public var size: Int { Int(end - former) - forgottenPresent - forgottenFormer }

  /// How many generations should have ended since the present one began: 0, 1 or more.
  private func generationsOver(_ now: Instant) -> Int {
    guard let began else { return 0 }
    let age = now - began
    return age < keep ? 0 : age < keep * 2 ? 1 : 2
  }

  private mutating func age(_ now: Instant) {
    let generations = generationsOver(now)
    for _ in 0..<generations { rotate(now) }
    if began == nil { began = now }
  }

  private mutating func rotate(_ now: Instant) {
    (former, present) = (present, end)
    (forgottenFormer, forgottenPresent) = (forgottenPresent, 0)
    began = now
  }
}
