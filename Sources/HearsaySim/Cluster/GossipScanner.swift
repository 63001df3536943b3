import Gossip
import MixHost
import MixNet

/// Finds the messages of a cluster in one way of a stream, whose bytes come piece by piece. What members say to each other is not encrypted.
struct GossipScanner {
  private var bytes: [UInt8] = []
  /// A length that no frame has: what follows is no frames.
  private var isLost = false

  /// Goes on through the bytes; `found` is told of each message, with its header and its payload as it was sent.
  mutating func scan(_ piece: UnsafeRawBufferPointer, _ found: (GossipHeader, [UInt8]) -> Void) {
    guard !isLost else { return }
    unsafe bytes.append(contentsOf: piece)
    var at = 0
    while bytes.count - at >= 5, !isLost {
      let size = Int(bytes.span.bigEndian(at: at) as UInt32)
      isLost = size < 1 || size > 1 << 20
      guard !isLost, bytes.count - at >= 4 + size else { break }
      if bytes[at + 4] == FrameKind.data.rawValue { look(at + 5..<at + 4 + size, found) }
      at += 4 + size
    }
    bytes.removeFirst(at)
  }

  private func look(_ body: Range<Int>, _ found: (GossipHeader, [UInt8]) -> Void) {
    guard body.count > LinkFrame.messageHead, bytes[body.lowerBound] == LinkFrame.Kind.message.rawValue else { return }
    let begin = body.lowerBound + LinkFrame.messageHead
    guard let frame = MessageFrame(bytes.span.extracting(begin..<body.upperBound)) else { return }
    found(frame.header, Array(bytes[begin + frame.payload.lowerBound..<begin + frame.payload.upperBound]))
  }
}
