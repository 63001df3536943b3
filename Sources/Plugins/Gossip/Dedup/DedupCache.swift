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
  private var present: Set<Bytes16> = []
  private var former: Set<Bytes16> = []
  /// When the present generation began; nil before the first id.
  private var began: Instant?
  /// Generations that had to end before their time.
  public private(set) var forcedRotations = 0

  /// A cache of so many ids, two at least, that takes its memory at once.
  public init(capacity: Int, keep: Nanos) {
    self.capacity = max(2, capacity)
    self.keep = keep
    present.reserveCapacity(self.capacity / 2)
    former.reserveCapacity(self.capacity / 2)
  }

  /// Remembers an id; true when it was new.
  public mutating func checkAndMark(_ id: Bytes16, now: Instant) -> Bool {
    age(now)
    guard former.isEmpty || !former.contains(id) else { return false }
    if present.count >= capacity / 2 {
      guard !present.contains(id) else { return false }
      forcedRotations += 1
      rotate(now)
    }
    return present.insert(id).inserted
  }

  /// Whether an id is remembered.
  public func hasSeen(_ id: Bytes16, now: Instant) -> Bool {
    let generations = generationsOver(now)
    return generations == 0 && former.contains(id) || generations <= 1 && present.contains(id)
  }

  /// Forgets one id: what came under it was not what it said, and the true one may still come.
  public mutating func forget(_ id: Bytes16) {
    if present.remove(id) == nil { former.remove(id) }
  }

  /// Forgets all.
  public mutating func clear() {
    present.removeAll(keepingCapacity: true)
    former.removeAll(keepingCapacity: true)
    began = nil
  }

  /// How many ids are remembered.
  public var size: Int { present.count + former.count }

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
    swap(&present, &former)
    present.removeAll(keepingCapacity: true)
    began = now
  }
}
