import MixNet

/// What senders learn of receivers, and when; and what programs take and hand over.
extension SimWorld {
  /// Tells a sender how far its bytes have come. One such word is under way at a time; the next one follows when there
  /// is more to tell.
  func acknowledge(_ stream: Stream, _ side: Int) {
    guard stream.sides[side].out.telling == nil, stream.sides[side].state != .gone else { return }
    stream.sides[side].out.telling = (stream.sides[side].out.arrived, stream.sides[side].out.read)
    let time = stream.link.arrival(0, way: stream.way(of: 1 - side), at: ns, stream.link.roll())
    scheduleAcknowledgement(stream, side, at: time)
  }

  private func scheduleAcknowledgement(_ stream: Stream, _ side: Int, at time: UInt64) {
    stream.sides[side].out.acknowledgeToken &+= 1
    heap.push(
      at: time, side == 0 ? .acknowledgeToDialler : .acknowledgeToAcceptor, who: stream.place,
      token: stream.sides[side].out.acknowledgeToken)
  }

  func acknowledged(_ place: UInt32, side: Int, _ token: UInt32) {
    let stream = streams[Int(place)]
    guard stream.isInUse, stream.sides[side].out.acknowledgeToken == token else { return }
    guard let word = stream.sides[side].out.telling, stream.sides[side].state != .gone else { return }
    let clogged = stream.link.ways[stream.way(of: 1 - side)].cloggedUntil
    if clogged > ns { return scheduleAcknowledgement(stream, side, at: clogged) }
    if isBlocked(stream, from: 1 - side) {
      // Without it the sender repeats what it sent, and with that the receiver its word; or the sender gives up.
      let since = stream.sides[side].out.failingSince ?? ns
      stream.sides[side].out.failingSince = since
      if ns - since >= settings.streams.giveUp.ns { return fail(stream, side, .timeout) }
      let wait = min(max(ns - since, settings.streams.retransmitFirst.ns), settings.streams.retransmitMax.ns)
      return scheduleAcknowledgement(stream, side, at: ns + wait)
    }
    stream.sides[side].out.failingSince = nil
    stream.sides[side].out.known = word
    stream.sides[side].out.telling = nil
    stream.sides[side].network?.gotRoom(stream.sides[side].socket)
    transmit(stream, side)
    if stream.sides[side].out.arrived > word.arrived || hasOpened(stream, side) { acknowledge(stream, side) }
  }

  /// Whether the receiver has taken so much that its sender should know (RFC 9293 section 3.8.6.2.2).
  private func hasOpened(_ stream: Stream, _ side: Int) -> Bool {
    let gain = stream.sides[side].out.read - stream.sides[side].out.known.read
    return gain >= UInt64(max(4, settings.streams.window)) / 4
  }

  /// A program has taken bytes that came from a side.
  func took(_ count: Int, from stream: Stream, side: Int) {
    stream.sides[side].out.read += UInt64(count)
    if hasOpened(stream, side) { acknowledge(stream, side) }
  }

  /// How many of `count` bytes (at least one) a read or a write moves. Here a connection may be cut from within.
  func allowance(_ count: Int, of stream: Stream, side: Int) -> Int {
    let host = hosts[Int(stream.sides[side].host)]
    let dice = host.roll()
    if dice.hits(.close, faults), !stream.link.isLoopback {
      fire(.close, host)
      strikeDown(stream, side, dice.detail(.close, below: 3))
    }
    guard count > 1, dice.hits(.partial, faults) else { return count }
    struck.add(.partial)
    return 1 + Int(dice.detail(.partial, below: UInt64(min(count - 1, max(1, settings.extents.partialMax)))))
  }

  private func strikeDown(_ stream: Stream, _ side: Int, _ how: UInt64) {
    switch how {
    case 0:
      fail(stream, side, .reset)
      reset(stream, from: side)
    case 1:
      // The other side does not know: half open.
      fail(stream, side, .reset)
    default:
      stream.isDark = true
    }
  }
}
