import MixNet

/// The hello of a node that is played here.
enum PeerGreeting {
  /// Answers the other side's hello, as a node of this address; gives what reads the frames that follow.
  static func answer(_ wire: Wire, as address: Bytes32) throws(BenchError) -> FrameReader {
    let reader = FrameReader(wire)
    let frame = try reader.first()
    guard let theirs = Hello(frame.span.extracting(min(1, frame.count)...)) else {
      throw BenchError("the node does not greet")
    }
    let mine = Hello(protocolTag: theirs.protocolTag, limits: theirs.limits, node: address).bytes
    var header = [UInt8](repeating: 0, count: Framing.peer.headerSize)
    var span = header.mutableSpan
    Framing.peer.writeHeader(kind: .hello, size: mine.count, to: &span)
    try wire.write((header + mine).span)
    return reader
  }
}
