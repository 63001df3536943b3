import Gossip
import MixNet
import Testing

struct DedupCacheTests {
  private let start = Instant(ns: 5_000_000_000)
  private func id(_ number: Int) -> Bytes16 {
    Bytes16(words: [UInt64(number) &* 0x9e37_79b9_7f4a_7c15, UInt64(number)])
  }

  @Test func anIdIsNewOnce() {
    var cache = DedupCache(capacity: 10, keep: .s(60), seed: Seed(7))
    let first = cache.checkAndMark(id(1), now: start)
    let second = cache.checkAndMark(id(1), now: start + .s(1))
    #expect(first && !second)
    #expect(cache.hasSeen(id(1), now: start + .s(1)) && !cache.hasSeen(id(2), now: start))
    #expect(cache.size == 1)
    cache.forget(id(1))
    #expect(!cache.hasSeen(id(1), now: start) && cache.size == 0)
  }

  /// For the time that was asked for it is remembered, after twice that it is not, whether ids come meanwhile or not.
  @Test(arguments: [0, 1, 7], [0, 20, 59]) func idsAreRememberedForTheirTime(others: Int, offset: UInt64) {
    var cache = DedupCache(capacity: 1_000, keep: .s(60), seed: Seed(7))
    _ = cache.checkAndMark(id(0), now: start)
    let marked = start + .s(offset)
    _ = cache.checkAndMark(id(1), now: marked)
    var seen: [Bool] = []
    for second in 1...240 as ClosedRange<UInt64> {
      let now = marked + .s(second)
      for other in 0..<others { _ = cache.checkAndMark(id(1_000 * Int(second) + other), now: now) }
      seen.append(cache.hasSeen(id(1), now: now))
    }
    #expect(seen.prefix(59).allSatisfy { $0 })
    #expect(!seen.suffix(120).contains(true))
  }

  /// Ten times as many ids as there is room for, each of them twice, half a capacity apart: no copy is taken for new, no new one for a
  /// copy.
  @Test func tenTimesItsCapacity() {
    let capacity = 10_000
    var cache = DedupCache(capacity: capacity, keep: .s(60), seed: Seed(7))
    var (falseAccepts, falseDrops) = (0, 0)
    for number in 0..<10 * capacity {
      if !cache.checkAndMark(id(number), now: start) { falseDrops += 1 }
      let copy = number - capacity / 2 + 1
      if copy >= 0, cache.checkAndMark(id(copy), now: start) { falseAccepts += 1 }
      guard cache.size <= capacity else { break }
    }
    #expect(falseAccepts == 0 && falseDrops == 0)
    #expect(cache.size <= capacity && cache.forcedRotations == 19)
  }

  @Test func aClearedCacheKnowsNothing() {
    var cache = DedupCache(capacity: 0, keep: .s(1), seed: Seed(7))
    for number in 0..<5 { _ = cache.checkAndMark(id(number), now: start) }
    #expect(cache.capacity == 2 && cache.size <= 2)
    cache.clear()
    #expect(cache.size == 0 && (0..<5).allSatisfy { !cache.hasSeen(id($0), now: start) })
  }
}
