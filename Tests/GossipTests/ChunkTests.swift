import Gossip
import MixNet
import Testing

struct ChunkTests {
  private let start = Instant(ns: 1_000_000_000)
  private func payload(_ size: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = RandomStream(seed: Seed(seed))
    return (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }
  private func read(_ bytes: [UInt8], _ sequence: UInt64) -> (chunk: Chunk, part: [UInt8])? {
    Chunk(bytes.span, sequence: sequence).map { ($0, Array(bytes.dropFirst(Chunk.headerSize))) }
  }

  /// Whatever the size and the order, the whole comes out once, with the last part.
  @Test(arguments: [1, 32_767, 32_768, 32_769, 200_000, 1 << 20]) func theWholeComesOut(size: Int) throws {
    let whole = payload(size)
    var parts = Chunk.split(whole, first: 7).enumerated().map { ($0.offset, $0.element) }
    #expect(parts.count == Chunk.count(of: size))
    var random = RandomStream(seed: Seed(2))
    for place in parts.indices { parts.swapAt(place, Int(random.below(UInt64(parts.count)))) }
    var assembler = ChunkAssembler()
    for (number, (offset, bytes)) in parts.enumerated() {
      let read = read(bytes, 7 + UInt64(offset))
      let (chunk, part) = try #require(read)
      let outcome = assembler.take(chunk, part, origin: Bytes32([1]), epoch: 1, now: start)
      #expect(outcome == (number == parts.count - 1 ? .complete(whole) : .incomplete))
    }
    #expect(assembler.bytes == 0 && assembler.count == 0)
  }

  @Test func whatIsNoPartIsRefused() {
    #expect(Chunk.split([], first: 1).isEmpty)
    #expect(Chunk.split([UInt8](repeating: 0, count: Chunk.payloadMax + 1), first: 1).isEmpty)
    let parts = Chunk.split(payload(70_000), first: 5)
    #expect(read(parts[1], 6) != nil && read(parts[1], 5) == nil && read(parts[1], 4) == nil)
    #expect(read(parts[1] + [0], 6) == nil && read(Array(parts[1].dropLast()), 6) == nil)
    #expect(read(Array(parts[2].prefix(Chunk.headerSize)), 7) == nil)
    var random = RandomStream(seed: Seed(1))
    for _ in 0..<20_000 {
      var other = Array(parts[2])
      other[Int(random.below(20))] = UInt8(random.below(256))
      if let (chunk, part) = read(other, 7) {
        #expect(chunk.range.count == part.count && chunk.size <= Chunk.payloadMax)
      }
    }
  }

  /// Parts that contradict each other, and a whole that is another than they say.
  @Test func whatDoesNotAgreeIsWrong() throws {
    var assembler = ChunkAssembler()
    func take(_ bytes: [UInt8], _ sequence: UInt64) throws -> ChunkAssembler.Outcome {
      let read = read(bytes, sequence)
      let (chunk, part) = try #require(read)
      return assembler.take(chunk, part, origin: Bytes32([1]), epoch: 1, now: start)
    }
    let (one, other) = (Chunk.split(payload(70_000), first: 1), Chunk.split(payload(70_000, seed: 2), first: 1))
    #expect(try take(one[0], 1) == .incomplete)
    #expect(try take(other[1], 2) == .wrong)
    // Of the same whole by its words, with other bytes.
    var bent = one[1]
    bent[Chunk.headerSize] ^= 1
    #expect(try take(bent, 2) == .incomplete)
    #expect(try take(one[1], 2) == .incomplete)
    #expect(try take(one[2], 3) == .wrong)
    #expect(assembler.bytes == 0)
  }

  /// Payloads that are never whole take no more room than there is, one origin no more than its share, and none for ever.
  @Test func itIsBounded() throws {
    var settings = ChunkAssembler.Settings()
    (settings.bytesMax, settings.originBytesMax) = (1 << 20, 1 << 18)
    var assembler = ChunkAssembler(settings)
    var outcomes: [ChunkAssembler.Outcome] = []
    let parts = Chunk.split(payload(65_000), first: 1)
    for origin in 0..<40 as Range<UInt8> {
      for epoch in 0..<20 as Range<UInt64> {
        let read = read(parts[0], 1)
        let (chunk, part) = try #require(read)
        outcomes.append(
          assembler.take(chunk, part, origin: Bytes32([origin]), epoch: epoch, now: start + .s(UInt64(origin))))
        #expect(assembler.bytes <= 1 << 20)
      }
    }
    #expect(outcomes.count { $0 == .full } == 40 * 13 && outcomes.count { $0 == .incomplete } == 40 * 7)
    #expect(assembler.count == 31 && assembler.givenUp == 40 * 7 - 31)
    // The last part of this has one byte.
    let small = Chunk.split(payload(32_769), first: 1)
    for epoch in 0..<10_000 as Range<UInt64> {
      let read = read(small[1], 2)
      let (chunk, part) = try #require(read)
      _ = assembler.take(chunk, part, origin: Bytes32([99]), epoch: epoch, now: start + .s(50))
    }
    #expect(assembler.count <= 40 && assembler.bytes <= 1 << 20)
    assembler.tick(start + .s(200))
    #expect(assembler.count == 0 && assembler.bytes == 0 && assembler.next == .never)
  }
}
