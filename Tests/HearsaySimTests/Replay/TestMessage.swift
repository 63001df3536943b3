import MixNet
import Relay

/// A message of one fragment.
struct TestMessage {
  let number: Int
  let data: [UInt8]
  /// A reply block, or nothing.
  let block: [UInt8]

  var bytes: [UInt8] {
    var fragment = Fragment(
      message: Bytes16(words: [UInt64(number), 1]), index: 0, count: 1, size: UInt32(data.count))
    if !block.isEmpty { (fragment.blocks, fragment.blockSize) = (1, UInt16(block.count)) }
    var head = [UInt8](repeating: 0, count: Fragment.headerSize)
    var span = head.mutableSpan
    fragment.write(to: &span)
    return head + block + data
  }
}
