import MixNet
import Relay

/// A message of one fragment with these reply blocks, as a service takes it.
func request(_ data: [UInt8], _ blocks: [UInt8]..., id: UInt64 = 1) -> [UInt8] {
  let fragment = Fragment(
    message: Bytes16(words: [id, 77]), index: 0, count: 1, size: UInt32(data.count), blocks: UInt8(blocks.count),
    blockSize: UInt16(blocks.first?.count ?? 0))
  var head = [UInt8](repeating: 0, count: Fragment.headerSize)
  var span = head.mutableSpan
  fragment.write(to: &span)
  return head + blocks.flatMap { $0 } + data
}

/// The data of an answer of one fragment.
func answer(_ message: [UInt8]) throws -> [UInt8] {
  guard let fragment = Fragment(message.span), fragment.flags.contains(.isReply) else {
    throw Missing("that is no answer")
  }
  return Array(message[fragment.dataStart...])
}
