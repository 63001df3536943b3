import MixNet
import Sphinx

/// A thread's way of asking the set: numbers that stand for tags, in batches.
struct ReplayAsker {
  private static let batch: UInt64 = 128
  private let tags: ReplayTags
  private let scratch: ReplayBatch

  /// Nil when memory is short.
  init?(_ tags: ReplayTags) {
    self.tags = tags
    var random = RandomStream(seed: Seed(9))
    guard let batch = tags.batch(capacity: Int(Self.batch), &random) else { return nil }
    scratch = batch
  }

  /// Asks for the tags of these numbers, and shows what became of each.
  func ask(_ numbers: Range<UInt64>, _ meter: inout Meter, _ visit: (UInt64, ReplayTags.Outcome) -> Void) {
    for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: Int(Self.batch)) {
      let batch = start..<min(start + Self.batch, numbers.upperBound)
      meter.measure {
        for (i, number) in batch.enumerated() { scratch.add(i, Self.tag(number)) }
        tags.insert(scratch)
      }
      for (i, number) in batch.enumerated() { visit(number, scratch.outcome(i)) }
    }
  }

  /// Tags that follow from numbers, so that none must be kept to ask for it again.
  private static func tag(_ number: UInt64) -> Bytes32 {
    Bytes32(words: [mix(2 &* number &+ 1), mix(2 &* number &+ 2), number, 0])
  }

  /// A bijection (splitmix64's), so that no two tags are the same.
  private static func mix(_ number: UInt64) -> UInt64 {
    var z = number &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
