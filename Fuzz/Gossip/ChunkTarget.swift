import Gossip
import MixNet

extension FuzzTarget {
  /// An origin: parts of payloads that are too large for one message, in any order, doubled, changed and made up.
  static let chunks = FuzzTarget(
    name: "chunks", summary: "origins: parts of large payloads, and putting them together", sizeMax: 128,
    seeds: { _ in
      let store = PartStore()
      let whole: [UInt8] = (0..<UInt8(store.count)).flatMap { [1, $0, 0] }
      let backwards: [UInt8] = (0..<UInt8(store.count)).reversed().flatMap { [1, $0, 0] }
      var seeds = [whole, backwards, [0, 1, UInt8(store.part(0).count)]]
      seeds[2] += store.part(0)
      for number in 0..<UInt8(store.count) { seeds.append([1, number, 0, 2, 200, 3, number, 0, 2, 250, 2, 250]) }
      return seeds
    }
  ) {
    let store = PartStore()
    return { input in
      var (input, desk) = (Input(input), PartDesk(store))
      // Parts are large, so a few have to do.
      for _ in 0..<20 where !input.isEmpty { desk.take(input.byte(), &input) }
    }
  }
}

/// Payloads of several origins, and all of their parts.
private struct PartStore: Sendable {
  private static let sizes = [1, 100, 32_768, 32_769, 70_000, 98_304]
  let payloads: [[UInt8]]
  private let parts: [(payload: Int, sequence: UInt64, bytes: [UInt8])]

  init() {
    payloads = Self.sizes.enumerated().map { number, size in
      (0..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + number) }
    }
    parts = payloads.enumerated().flatMap { number, payload in
      let first = UInt64(number * 10 + 1)
      return Chunk.split(payload, first: first).enumerated().map { (number, first + UInt64($0), $1) }
    }
  }

  var count: Int { parts.count }
  func part(_ number: Int) -> [UInt8] { parts[number % count].bytes }
  func sequence(_ number: Int) -> UInt64 { parts[number % count].sequence }
  /// Two payloads have one origin.
  func origin(_ number: Int) -> Bytes32 { Bytes32([UInt8(parts[number % count].payload / 2), 1]) }
}

private struct PartDesk {
  private let store: PartStore
  private var assembler: ChunkAssembler
  private var now = Instant.zero

  init(_ store: PartStore) {
    self.store = store
    var settings = ChunkAssembler.Settings()
    (settings.bytesMax, settings.originBytesMax) = (150_000, 110_000)
    (settings.payloadsMax, settings.originPayloadsMax) = (4, 2)
    assembler = ChunkAssembler(settings)
  }

  mutating func take(_ step: UInt8, _ input: inout Input) {
    switch step % 4 {
    case 0:
      // Made up from the first byte to the last.
      let sequence = UInt64(input.byte())
      let bytes = input.take(Int(input.byte()))
      give(bytes, sequence: sequence, of: Bytes32([step]))
    case 1:
      let number = Int(input.byte())
      give(store.part(number), sequence: store.sequence(number), of: store.origin(number), epoch: input.byte())
    case 2:
      now = now + .ms(UInt64(input.byte()) * 200)
      assembler.tick(now)
      check(assembler.next > now, "a payload waits for too long")
    default:
      // One that was changed, and says whose it is as before.
      let number = Int(input.byte())
      var bytes = store.part(number)
      let place = Int(input.byte()) % 60
      if place < bytes.count { bytes[place] ^= 1 << (step / 32) }
      give(bytes, sequence: store.sequence(number) + UInt64(step / 4 % 2), of: store.origin(number))
    }
    check(assembler.bytes <= 150_000 && assembler.count <= 4, "what waits grows")
    check((assembler.next == .never) == (assembler.count == 0), "nothing waits, or for ever")
    check((assembler.bytes == 0) == (assembler.count == 0), "\(assembler.bytes) bytes of \(assembler.count) wait")
  }

  private mutating func give(_ bytes: [UInt8], sequence: UInt64, of origin: Bytes32, epoch: UInt8 = 0) {
    guard let chunk = Chunk(bytes.span, sequence: sequence) else { return }
    check(chunk.range.count == bytes.count - Chunk.headerSize, "a part has another size")
    check(chunk.range.upperBound <= chunk.size && chunk.number < chunk.count, "a part lies behind the end")
    let part = Array(bytes[Chunk.headerSize...])
    let outcome = assembler.take(chunk, part, origin: origin, epoch: UInt64(epoch % 2), now: now)
    guard case .complete(let whole) = outcome else { return }
    check(whole.count == chunk.size, "\(whole.count) bytes instead of \(chunk.size)")
    check(GossipHeader.content(of: whole.span) == chunk.content, "a payload of another hash")
  }
}
