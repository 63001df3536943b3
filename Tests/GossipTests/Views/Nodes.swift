import Gossip
import MixNet
import Testing

/// The node of that number: its own netgroup, unless `group` says which.
func node(_ number: Int, group: Int? = nil, incarnation: UInt64 = 1) -> NodeRecord {
  let group = group ?? number
  let word = UInt32(1 << 24) + UInt32(truncatingIfNeeded: group) << 8 + UInt32(truncatingIfNeeded: number % 250 + 1)
  let address = Address.ipv4(InlineBytes4(word: word), port: 7_000)
  // The ids' order is not that of the numbers.
  let id = Bytes32(words: [UInt64(number) &* 0x9e37_79b9_7f4a_7c15, UInt64(number), 0, 1])
  guard let record = NodeRecord(id: id, address: address, incarnation: incarnation) else {
    preconditionFailure("no such node: \(number)")
  }
  return record
}

func hints(_ numbers: Range<Int>, age: UInt16 = 0) -> [PeerHint] {
  numbers.map { PeerHint(node($0), age: age) }
}

/// `#expect` for calls that change what they are called on.
func check(
  _ isSo: @autoclosure () throws -> Bool, _ comment: Comment? = nil, at place: SourceLocation = #_sourceLocation
) rethrows {
  let isSo = try isSo()
  #expect(isSo, comment, sourceLocation: place)
}

func read(_ bytes: [UInt8]) -> ViewMessage? { ViewMessage(bytes.span) }
