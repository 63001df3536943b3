import MixNet
import Testing

@testable import Relay

/// The fragments of a message as a sender makes them.
func fragments(of message: [UInt8], room: Int, id: UInt8, blocks: [[UInt8]] = []) -> [[UInt8]] {
  guard let splitter = MessageSplitter(size: message.count, room: room) else { return [] }
  return (0..<splitter.count).map { index in
    let fragment = Fragment(
      message: Bytes16([UInt8](repeating: id, count: 16)), index: UInt32(index), count: UInt32(splitter.count),
      size: UInt32(message.count), blocks: UInt8(blocks.count), blockSize: UInt16(blocks.first?.count ?? 0))
    var bytes = [UInt8](repeating: 0, count: Fragment.headerSize)
    var span = bytes.mutableSpan
    fragment.write(to: &span)
    return bytes + blocks.flatMap { $0 } + message[splitter.range(index)]
  }
}

@Suite struct FragmentTests {
  private static let limits = Reassembler.Limits(
    messageMax: 100_000, bytesMax: 1 << 20, timeout: .s(60))

  private func take(_ bytes: [UInt8], _ reassembler: inout Reassembler, now: Instant = .zero) -> Reassembler.Outcome? {
    guard let fragment = Fragment(bytes.span) else { return nil }
    return reassembler.take(fragment, payload: bytes.span, now: now)
  }

  @Test(arguments: 0..<30 as Range<UInt64>) func anyOrderGivesTheMessage(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    let message = (0..<Int(random.below(5_000))).map { _ in UInt8(random.below(256)) }
    let blocks = (0..<Int(random.below(3))).map { _ in (0..<20).map { _ in UInt8(random.below(256)) } }
    var parts = fragments(of: message, room: 1 + Int(random.below(300)), id: 9, blocks: blocks)
    for i in parts.indices.reversed() { parts.swapAt(i, Int(random.below(UInt64(i + 1)))) }
    var reassembler = Reassembler(limits: Self.limits)
    for part in parts.dropLast() {
      #expect(take(part, &reassembler) == .kept)
      #expect(take(part, &reassembler) == .duplicate)
    }
    guard let last = parts.last, case .whole(let whole)? = take(last, &reassembler) else {
      Issue.record("the message did not come together")
      return
    }
    #expect(whole.bytes == message && whole.blocks.count == blocks.count * parts.count)
    #expect(reassembler.bytes == 0 && reassembler.count == 0)
  }

  @Test func whatContradictsItselfIsRefused() {
    let good = fragments(of: [UInt8](repeating: 1, count: 100), room: 30, id: 1)
    for (at, value) in [(0, 2), (18, 9), (21, 4), (25, 0), (25, 2), (29, 255), (29, 1)] as [(Int, UInt8)] {
      var bad = good[0]
      bad[at] = value
      #expect(Fragment(bad.span) == nil, "byte \(at) = \(value)")
    }
    // With 25 bytes or more it could be a part of 100 in 4; only the other parts tell.
    for length in 0..<Fragment.headerSize + 25 {
      let cut = Array(good[0].prefix(length))
      #expect(Fragment(cut.span) == nil)
    }
    var reassembler = Reassembler(limits: Self.limits)
    #expect(take(good[0], &reassembler) == .kept)
    let other = fragments(of: [UInt8](repeating: 1, count: 101), room: 30, id: 1)
    #expect(take(other[1], &reassembler) == .wrong)
    let shorter = fragments(of: [UInt8](repeating: 1, count: 100), room: 33, id: 1)
    #expect(take(shorter[3], &reassembler) == .wrong)
  }

  @Test func boundsHoldAndTimeGivesUp() {
    var reassembler = Reassembler(limits: .init(messageMax: 1_000, bytesMax: 3_000, timeout: .s(1)))
    #expect(take(fragments(of: [UInt8](repeating: 0, count: 1_001), room: 600, id: 1)[0], &reassembler) == .wrong)
    for id in 1...3 as ClosedRange<UInt8> {
      #expect(take(fragments(of: [UInt8](repeating: 0, count: 900), room: 500, id: id)[0], &reassembler) == .kept)
    }
    #expect(reassembler.bytes <= 3_000 && reassembler.next == .zero + .s(1))
    #expect(reassembler.expire(.zero + .ms(999)) == 0)
    #expect(reassembler.expire(.zero + .s(1)) == 3)
    #expect(reassembler.bytes == 0 && reassembler.next == .never)
    var tiny = Reassembler(limits: .init(messageMax: 1_000, bytesMax: 700))
    #expect(take(fragments(of: [UInt8](repeating: 0, count: 900), room: 500, id: 1)[0], &tiny) == .full)
    #expect(tiny.next == .never)
  }

  /// A sender who begins messages and never ends them takes the place of none that goes on.
  @Test func aMessageThatGoesOnOutlivesThoseThatDoNot() {
    var reassembler = Reassembler(limits: .init(messageMax: 100_000, bytesMax: 20_000))
    let mine = fragments(of: [UInt8](repeating: 7, count: 5_000), room: 500, id: 255)
    var outcome: Reassembler.Outcome?
    for (number, fragment) in mine.enumerated() {
      outcome = take(fragment, &reassembler)
      for id in 0..<10 as Range<UInt8> {
        let other = fragments(of: [UInt8](repeating: 0, count: 900), room: 500, id: UInt8(number) * 10 + id)
        #expect(take(other[0], &reassembler) == .kept)
      }
    }
    guard case .whole(let message)? = outcome else { return #expect(Bool(false), "not whole") }
    #expect(message.bytes == [UInt8](repeating: 7, count: 5_000))
    #expect(reassembler.evicted > 50 && reassembler.bytes <= 20_000)
  }

  @Test func blocksOfNoSizeAreNone() {
    var fragment = Fragment(message: Bytes16(), index: 0, count: 1, size: 0, blocks: 255, blockSize: 0)
    var bytes = [UInt8](repeating: 0, count: Fragment.headerSize)
    var span = bytes.mutableSpan
    fragment.write(to: &span)
    #expect(Fragment(bytes.span) == nil)
    fragment.blocks = 0
    span = bytes.mutableSpan
    fragment.write(to: &span)
    #expect(Fragment(bytes.span) == fragment)
  }

  @Test func randomBytesNeverTrap() {
    var random = RandomStream(seed: Seed(5))
    var reassembler = Reassembler(limits: Self.limits)
    for _ in 0..<20_000 {
      var bytes = (0..<Int(random.below(80))).map { _ in UInt8(random.below(4)) }
      if !bytes.isEmpty { bytes[0] = 1 }
      _ = take(bytes, &reassembler)
    }
    #expect(reassembler.bytes <= 1 << 20)
  }
}
