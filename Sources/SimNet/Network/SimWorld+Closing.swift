import MixNet

/// How streams end.
extension SimWorld {
  /// A program lets go of its side.
  func close(_ stream: Stream, side: Int, abort: Bool) {
    line(abort ? "abort" : "close", stream, side)
    stream.sides[side].network = nil
    stream.sides[side].socket = 0
    let state = stream.sides[side].state
    // What came and was not read is of no more use.
    stream.sides[1 - side].out.read = stream.sides[1 - side].out.arrived
    guard stream.sides[side].failure == nil, state != .gone, state != .closing else {
      stream.sides[side].state = .gone
      return release(stream)
    }
    if abort || state == .connecting {
      stream.sides[side].state = .gone
      stream.sides[side].out.dropUnsent()
      reset(stream, from: side)
      release(stream)
    } else {
      stream.sides[side].state = .closing
      stream.sides[side].out.isEnding = true
      transmit(stream, side)
    }
  }

  /// Closes with a reset.
  func cut(_ stream: Stream, side: Int) { close(stream, side: side, abort: true) }

  /// A side's host has lost power: it is gone, and what is on its way still comes.
  ///
  /// A sender that waits for room there asks for it again and again (RFC 9293, 3.8.6.1), and learns in this way that the host has
  /// forgotten the connection; here it sends what waits, which is lost until the host is back.
  func vanish(_ stream: Stream, side: Int) {
    stream.sides[side].network = nil
    stream.sides[side].state = .gone
    stream.sides[side].out.dropUnsent()
    let theirs = stream.sides[1 - side].out
    theirs.read = theirs.arrived
    theirs.known.read = theirs.read
    if theirs.sent < theirs.written { transmit(stream, 1 - side) }
    release(stream)
  }

  /// A connection is broken, as a side sees it.
  func fail(_ stream: Stream, _ side: Int, _ reason: CloseReason) {
    if trace.isOn {
      trace.begin(ns, hosts[Int(stream.sides[side].host)].nameBytes, "fail")
      trace.fact("stream", stream.number)
      trace.fact("reason", reason.name)
      trace.end()
    }
    stream.handshakeToken &+= side == 0 ? 1 : 0
    stream.sides[side].out.dropUnsent()
    stream.sides[side].out.flight.removeAll()
    stream.sides[side].out.flightToken &+= 1
    if stream.sides[side].state == .closing {
      stream.sides[side].state = .gone
    } else {
      stream.sides[side].failure = reason
      tell(stream, side)
    }
    release(stream)
  }

  /// Gives a stream's place back once both sides are gone and nothing of it is under way.
  func release(_ stream: Stream) {
    guard stream.isInUse, stream.sides[0].state == .gone, stream.sides[1].state == .gone else { return }
    guard stream.sides[0].out.flight.isEmpty, stream.sides[1].out.flight.isEmpty else { return }
    stream.isInUse = false
    stream.isDark = false
    stream.attempt = 0
    stream.handshake = .asking
    stream.handshakeToken &+= 1
    for side in 0..<2 {
      stream.sides[side].network = nil
      stream.sides[side].failure = nil
      stream.sides[side].out.recycle()
    }
    vacantStreams.append(stream.place)
  }

  /// Lets the program that has a side see what is new.
  func tell(_ stream: Stream, _ side: Int) {
    stream.sides[side].network?.changed(stream.sides[side].socket)
  }

  func line(_ kind: StaticString, _ stream: Stream, _ side: Int) {
    guard trace.isOn else { return }
    trace.begin(ns, hosts[Int(stream.sides[side].host)].nameBytes, kind)
    trace.fact("stream", stream.number)
    trace.fact("peer", bytes: hosts[Int(stream.sides[1 - side].host)].nameBytes)
    trace.end()
  }
}
