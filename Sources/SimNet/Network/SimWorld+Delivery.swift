import MixNet

/// What the packets of streams do where they come.
extension SimWorld {
  /// A packet has come.
  func deliver(_ stream: Stream, _ side: Int, _ packet: Flight) {
    let other = 1 - side
    // What the acceptor says comes only to one who is connected.
    if side == 1, stream.sides[0].state == .connecting { establish(stream) }
    let isHeard = stream.sides[other].isListening
    switch packet.content {
    case .data:
      let new = stream.sides[side].out.arrived..<packet.end
      stream.sides[side].out.arrived = packet.end
      guard isHeard else {
        stream.sides[side].out.read = packet.end
        return reset(stream, from: other)
      }
      flip(stream, side, new)
      traceData(stream, side, new)
      tell(stream, other)
      acknowledge(stream, side)
    case .end:
      stream.sides[side].out.isEndArrived = true
      line("end", stream, other)
      if isHeard { tell(stream, other) }
      if stream.sides[side].state == .closing { stream.sides[side].state = .gone }
    case .reset:
      line("reset", stream, other)
      if isHeard || stream.sides[other].state == .closing { fail(stream, other, .reset) }
    }
  }

  private func flip(_ stream: Stream, _ side: Int, _ new: Range<UInt64>) {
    guard faults[.flip] > .never, !stream.link.isLoopback, !new.isEmpty else { return }
    let dice = stream.link.roll()
    guard dice.hits(.flip, faults) else { return }
    fire(.flip, hosts[Int(stream.sides[1 - side].host)])
    let bits = 1 + dice.detail(.flip, below: max(1, settings.extents.bitsMax))
    for bit in 0..<bits {
      let place = new.lowerBound + dice.detail(.flip, 2 * bit + 1, below: UInt64(new.count))
      stream.sides[side].out.ring[place] ^= 1 << UInt8(dice.detail(.flip, 2 * bit + 2, below: 8))
    }
  }

  private func traceData(_ stream: Stream, _ side: Int, _ new: Range<UInt64>) {
    guard trace.isOn else { return }
    let pipe = stream.sides[side].out
    if pipe.words.isEmpty {
      let name = hosts[Int(stream.sides[1 - side].host)].nameBytes
      pipe.words = [UInt8(ascii: " ")] + name + Array(" data stream=\(stream.number) side=\(side) at=".utf8)
    }
    trace.begin(ns, pipe.words, new.lowerBound)
    trace.fact("count", new.upperBound - new.lowerBound)
    trace.digest(pipe.ring.digest(new))
    trace.end()
  }
}
