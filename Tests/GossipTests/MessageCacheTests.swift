import Gossip
import MixNet
import Testing

struct MessageCacheTests {
  private let start = Instant(ns: 1_000_000_000)
  private func id(_ number: Int) -> Bytes16 { Bytes16(words: [UInt64(number), 5]) }
  private func header(_ number: Int) -> GossipHeader {
    GossipHeader(
      proof: .signature, topic: 1, origin: Bytes32([1]), epoch: 2, sequence: UInt64(number), createdMS: 0, lifeMS: 0,
      payloadSize: 0, content: Bytes32())
  }
  private func store(_ number: Int, _ bytes: [UInt8], in cache: inout MessageCache, at time: Instant) -> Bool {
    cache.store(bytes.span, id: id(number), header: header(number), hop: 3, now: time)
  }
  private func bytes(_ number: Int, of cache: MessageCache) -> [UInt8]? {
    cache.withFrame(id(number)) { span in span.indices.map { span[$0] } }
  }

  /// Held against a list: messages of all sizes in a small ring. What is there has its bytes, in the order in which it came; the latest are
  /// there as far as they fit.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func theLatestAreThere(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var cache = MessageCache(bytesMax: 1_000, messagesMax: 20, keep: .s(30), seed: Seed(7))
    var (all, came): ([[UInt8]], [Instant]) = ([], [])
    var now = start
    for number in 0..<2_000 {
      let size = Int(random.below(random.below(10) == 0 ? 1_001 : 120))
      let frame = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      now = now + .ms(random.below(2_900))
      let isStored = store(number, frame, in: &cache, at: now)
      #expect(isStored)
      all.append(frame)
      came.append(now)
      let there = cache.since(.zero).map { Int($0.sequence) }
      #expect(there.last == number && there == there.sorted() && there.count == cache.count)
      #expect(there.allSatisfy { bytes($0, of: cache) == all[$0] && cache.contains(id($0)) })
      #expect(cache.since(.zero).allSatisfy { now - $0.came <= .s(30) })
      // Of those that are gone none would have fitted beside half of the room.
      let sizes = all.suffix(20).reversed().prefix { _ in true }.map(\.count)
      var (sum, fitting) = (0, 0)
      for size in sizes where sum + size <= 500 - 120 { (sum, fitting) = (sum + size, fitting + 1) }
      // Twenty messages come in less than 30 s, most often.
      if sizes.allSatisfy({ $0 <= 120 }), number < 20 || now - came[number - 19] < .s(30) {
        #expect(there.count >= min(fitting, number + 1))
      }
    }
  }

  @Test func whatDoesNotFitIsNotKept() {
    var cache = MessageCache(bytesMax: 100, messagesMax: 4, keep: .s(30), seed: Seed(7))
    let stored = [
      store(1, [UInt8](repeating: 1, count: 101), in: &cache, at: start),
      store(2, [UInt8](repeating: 2, count: 100), in: &cache, at: start),
      store(2, [2], in: &cache, at: start),
      store(3, [], in: &cache, at: start),
    ]
    #expect(stored == [false, true, false, true])
    #expect(bytes(3, of: cache) == [] && bytes(1, of: cache) == nil)
    cache.forget(before: start + .s(31))
    #expect(cache.count == 0 && !cache.contains(id(3)))
  }

  /// Each neighbour gets a message three times for asking.
  @Test func answersAreCounted() {
    var cache = MessageCache(bytesMax: 100, messagesMax: 4, keep: .s(30), seed: Seed(7))
    _ = store(1, [1], in: &cache, at: start)
    for slot in [0, 7, 15] {
      let answers = (0..<5).map { _ in cache.mayAnswer(id(1), to: slot) }
      #expect(answers == [true, true, true, false, false])
    }
    let others = [cache.mayAnswer(id(2), to: 0), cache.mayAnswer(id(1), to: 16)]
    #expect(others == [false, false])
  }
}
