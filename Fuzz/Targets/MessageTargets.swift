import MixNet
import Relay

extension FuzzTarget {
  /// Anyone who sends to a service, and any service: fragments, one or many in a row.
  static let fragments = FuzzTarget(
    name: "fragments", summary: "senders and services: fragments of messages, and putting them together",
    sizeMax: 1_024,
    seeds: { _ in
      let whole = fragment(Fragment(message: Bytes16([1]), index: 0, count: 1, size: 3), [1, 2, 3])
      let first = fragment(Fragment(message: Bytes16([2]), index: 0, count: 2, size: 7), [1, 2, 3, 4])
      let last = fragment(Fragment(message: Bytes16([2]), index: 1, count: 2, size: 7), [5, 6, 7])
      let block = fragment(
        Fragment(message: Bytes16([3]), index: 0, count: 1, size: 1, blocks: 2, blockSize: 2), [1, 2, 3, 4, 5])
      return [whole, first + last, last + first, block, first + first]
    }
  ) { { tryFragments(Input($0)) } }

  private static func fragment(_ fragment: Fragment, _ data: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Fragment.headerSize)
    var span = bytes.mutableSpan
    fragment.write(to: &span)
    return [UInt8(bytes.count + data.count)] + bytes + data
  }
}

private func tryFragments(_ input: Input) {
  var input = input
  var reassembler = Reassembler(limits: .init(messageMax: 400, bytesMax: 2_000, timeout: .s(1)))
  var now = Instant.zero
  while !input.isEmpty {
    let size = input.byte()
    if size == 255 {
      now = now + .ms(UInt64(input.byte()) * 10)
      _ = reassembler.expire(now)
      continue
    }
    let payload = input.take(Int(size))
    guard let fragment = Fragment(payload.span) else { continue }
    var again = [UInt8](repeating: 0, count: Fragment.headerSize)
    var span = again.mutableSpan
    fragment.write(to: &span)
    check(again == Array(payload.prefix(Fragment.headerSize)), "another header is written")
    for block in 0..<Int(fragment.blocks) {
      check(fragment.block(block).upperBound <= payload.count, "a block reaches past the end")
    }
    if case .whole(let message) = reassembler.take(fragment, payload: payload.span, now: now) {
      check(message.bytes.count == Int(fragment.size), "\(message.bytes.count) bytes instead of \(fragment.size)")
    }
    check(reassembler.bytes <= 2_000 && reassembler.count <= 8, "what is kept grows")
    check((reassembler.next == .never) == (reassembler.count == 0), "a message waits for ever")
  }
}
