import MixNet
import Testing

@testable import Sphinx

@Suite struct ReplayRateTests {
  /// The set is the whole node's: whichever worker looks, the rate is that of all, and it falls when packets stop.
  @Test func howLongTheSetLasts() throws {
    let tags = ReplayTags(tagsMax: 10_000)
    var random = RandomStream(seed: Seed(1))
    let batch = try #require(tags.batch(capacity: 64, &random))
    var now = Instant(ns: 5_000_000_000)
    tags.measure(now)
    #expect(tags.lasts == nil)
    for step in 1...10 as ClosedRange<UInt64> {
      for i in 0..<50 { batch.add(i, Bytes32(words: [step, UInt64(i), 1, 1])) }
      tags.insert(batch)
      now = now + .s(1)
      tags.measure(now)
    }
    // 500 in ten seconds; 9,500 more fit.
    #expect(tags.lasts == 190)
    now = now + .s(10)
    tags.measure(now)
    #expect(tags.lasts == nil)
  }
}
