import MixNet
import Testing

@testable import Gossip

/// A ring's index finds what its ring has, and nothing else.
@Suite struct RingIndexTests {
  /// Held against a search through the whole ring, with few chains, so that each has many ids, and over the end of numbers' lower halves.
  @Test(arguments: [1, UInt64(UInt32.max) - 300, UInt64(UInt32.max) * 7], [1, 3, 16])
  func itFindsWhatASearchFinds(from begin: UInt64, places: Int) {
    var random = RandomStream(seed: Seed(begin, UInt64(places), 5, 6))
    var index = RingIndex(places: places, seed: Seed(begin, 2, 3, 4))
    var ring = [Bytes16](repeating: Bytes16(), count: places)
    var (end, count) = (begin, 0)
    for _ in 0..<2_000 {
      let id = Bytes16(number: random.below(UInt64(2 * places)) + 1)
      let found = index.find(id, last: count, before: end) { ring[$0] == id }
      let searched = (end - UInt64(count)..<end).last { ring[index.place(of: $0)] == id }
      #expect(found == searched)
      if random.below(4) == 0 {
        // The ring forgets its oldest.
        count = Int(random.below(UInt64(count + 1)))
      } else if found == nil {
        ring[index.place(of: end)] = id
        index.add(id, number: end)
        end += 1
        count = min(count + 1, places)
      }
    }
  }
}

/// The cache of ids, held against two lists.
@Suite struct DedupModelTests {
  /// Messages that are not what they say, a batch at a time, push none out that was seen.
  @Test func whatIsForgottenTakesNoRoom() {
    let (keeps, now) = (Bytes16(number: 1), Instant.zero + .s(1))
    var cache = DedupCache(capacity: 40, keep: .s(60), seed: Seed(7))
    _ = cache.checkAndMark(keeps, now: now)
    for round in 1...100 as ClosedRange<UInt64> {
      let batch = (0..<16).map { Bytes16(number: 100 * round + $0) }
      for id in batch { _ = cache.checkAndMark(id, now: now) }
      for id in batch { cache.forget(id) }
    }
    #expect(cache.hasSeen(keeps, now: now) && cache.size == 1 && cache.forcedRotations == 0)
  }

  @Test(arguments: 1...20)
  func itRemembersWhatTwoListsDo(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed, 2, 3, 4))
    let capacity = 2 + Int(random.below(30))
    var cache = DedupCache(capacity: capacity, keep: .ms(50), seed: Seed(7))
    var (present, former): ([Bytes16?], [Bytes16?]) = ([], [])
    var (began, now): (Instant?, Instant) = (nil, .zero + .s(1))
    func rotate() {
      (former, present) = (present, [])
      began = now
    }
    for _ in 0..<3_000 {
      now = now + .ms(random.below(4))
      let id = Bytes16(number: random.below(60) + 1)
      if random.below(5) == 0 {
        cache.forget(id)
        // Its place is used up while others have come after it.
        present = present.map { $0 == id ? nil : $0 }
        former = former.map { $0 == id ? nil : $0 }
        while let last = present.last, last == nil { present.removeLast() }
        continue
      }
      if let start = began { for _ in 0..<min(2, (now - start).ns / Nanos.ms(50).ns) { rotate() } }
      if began == nil { began = now }
      let isNew = !present.contains(id) && !former.contains(id)
      #expect(cache.hasSeen(id, now: now) == !isNew)
      #expect(cache.checkAndMark(id, now: now) == isNew)
      if isNew {
        if present.count >= max(2, capacity) / 2 { rotate() }
        present.append(id)
      }
      #expect(cache.size == (present + former).count { $0 != nil })
    }
  }
}

extension Bytes16 {
  fileprivate init(number: UInt64) { self.init(words: [0, number]) }
}
