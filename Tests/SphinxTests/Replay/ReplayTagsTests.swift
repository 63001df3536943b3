import LinuxNet
import MixNet
import Synchronization
import Testing

@testable import Sphinx

@Suite struct ReplayTagsTests {
  private static func id(_ number: Int) -> Bytes32 {
    Bytes32(words: [UInt64(number) &* 0x9e37_79b9_7f4a_7c15 | 1, UInt64(number), 7, 7])
  }

  private func insert(_ ids: [Bytes32], _ tags: ReplayTags, _ batch: ReplayBatch) -> [ReplayTags.Outcome] {
    for (i, id) in ids.enumerated() { batch.add(i, id) }
    tags.insert(batch)
    return ids.indices.map { batch.outcome($0) }
  }

  private func make(_ tagsMax: Int) throws -> (ReplayTags, ReplayBatch) {
    let tags = ReplayTags(tagsMax: tagsMax)
    var random = RandomStream(seed: Seed(1))
    return (tags, try #require(tags.batch(capacity: 128, &random)))
  }

  /// Ten times its capacity: every tag that was let through is known for ever, and no other is taken for known.
  @Test(arguments: [64, 5_000, 20_000, 300_000]) func exactUpToTheLastPlaceAndRefusedBeyond(tagsMax: Int) throws {
    let (tags, batch) = try make(tagsMax)
    var accepted: [Int] = []
    var (falseDrops, falseAccepts) = (0, 0)
    for start in stride(from: 0, to: tagsMax * 10, by: 100) {
      let numbers = Array(start..<min(start + 100, tagsMax * 10))
      for (number, outcome) in zip(numbers, insert(numbers.map(Self.id), tags, batch)) {
        switch outcome {
        case .new: accepted.append(number)
        case .seen: falseDrops += 1
        case .full: if tags.count < tagsMax { falseDrops += 1 }
        }
      }
    }
    #expect(accepted.count == tagsMax && tags.count == tagsMax)
    for start in stride(from: 0, to: accepted.count, by: 100) {
      let ids = accepted[start..<min(start + 100, accepted.count)].map(Self.id)
      falseAccepts += insert(ids, tags, batch).count { $0 != .seen }
    }
    #expect(falseDrops == 0 && falseAccepts == 0)
  }

  @Test func oneBatchWithTheSamePacketTwice() throws {
    let (tags, batch) = try make(1_000)
    #expect(insert([Self.id(1), Self.id(2), Self.id(1), Self.id(1)], tags, batch) == [.new, .new, .seen, .seen])
    #expect(insert([Self.id(2), Self.id(3)], tags, batch) == [.seen, .new])
  }

  @Test func tagsThatShareHalfAreDifferent() throws {
    let (tags, batch) = try make(1_000)
    let ids = [
      Bytes32(words: [1, 2, 0, 0]), Bytes32(words: [1, 3, 0, 0]), Bytes32(words: [2, 2, 0, 0]),
      Bytes32(words: [0, 1, 0, 0]), Bytes32(words: [1, 0, 0, 0]), Bytes32(words: [0, 0, 0, 0]),
    ]
    #expect(insert(ids, tags, batch) == [.new, .new, .new, .new, .new, .seen])
  }

  /// Four threads insert the same tags at once: each is let through by exactly one of them.
  @Test func workersShareOneSet() throws {
    let tags = ReplayTags(tagsMax: 100_000)
    let accepted = Mutex(0)
    var threads: [Box] = []
    for number in 0..<4 {
      threads.append(
        Box(
          try Thread("inserter-\(number)") {
            var random = RandomStream(seed: Seed(UInt64(number)))
            guard let batch = tags.batch(capacity: 50, &random) else { return }
            var mine = 0
            for start in stride(from: 0, to: 50_000, by: 50) {
              for i in 0..<50 { batch.add(i, Self.id(start + i)) }
              tags.insert(batch)
              mine += (0..<50).count { batch.outcome($0) == .new }
            }
            accepted.withLock { $0 += mine }
          }))
    }
    for thread in threads { thread.join() }
    #expect(accepted.withLock { $0 } == 50_000 && tags.count == 50_000)
  }

  private final class Box {
    private var thread: Thread?
    init(_ thread: consuming Thread) { self.thread = consume thread }
    func join() { thread.take()?.join() }
  }

  /// More than any system gives: nobody is built without the tags' memory.
  @Test func memoryThatIsNotThere() {
    let tags = ReplayTags(tagsMax: 1 << 50)
    var random = RandomStream(seed: Seed(1))
    #expect(tags.batch(capacity: 1, &random) == nil)
  }

  @Test func memoryIsWhatTheSumSays() {
    #expect(ReplayTags.memory(tagsMax: 16_777_216) / 1_000_000 == 357)
  }
}
