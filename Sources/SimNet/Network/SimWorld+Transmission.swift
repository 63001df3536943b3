import MixNet

/// How the packets of streams get about.
extension SimWorld {
  /// Whether what a side sends now is lost for sure.
  func isBlocked(_ stream: Stream, from side: Int) -> Bool {
    stream.isDark || stream.link.ways[stream.way(of: side)].isCut
      || !hosts[Int(stream.sides[1 - side].host)].isPowered
  }

  /// Puts on its way what a side has written, as far as the receiver has room.
  func transmit(_ stream: Stream, _ side: Int) {
    let sender = stream.sides[side]
    let (state, pipe) = (sender.state, sender.out)
    guard sender.failure == nil, state == .open || state == .closing || state == .waiting else { return }
    let limit = pipe.limit(settings.streams)
    while pipe.sent < limit {
      let sent = pipe.sent
      let dice = stream.link.roll()
      var size = min(limit - sent, UInt64(max(1, settings.streams.segmentMax)))
      let isCutShort = size > 1 && dice.hits(.segment, faults)
      if isCutShort {
        struck.add(.segment)
        size = 1 + dice.detail(.segment, below: min(size - 1, UInt64(max(1, settings.extents.partialMax))))
      }
      pipe.sent = sent + size
      send(stream, side, .data, size: Int(size), isCutShort: isCutShort, dice)
    }
    guard pipe.sent == pipe.written, pipe.isEnding, !pipe.isEndSent else { return }
    pipe.isEndSent = true
    send(stream, side, .end, size: 0, stream.link.roll())
  }

  /// Cuts the connection for the other side, behind what is under way.
  func reset(_ stream: Stream, from side: Int) {
    guard stream.sides[1 - side].state != .gone, stream.sides[side].out.flight.last?.content != .reset else { return }
    // Nothing was ever sent to an acceptor that does not know of its dialler yet.
    guard stream.handshake == .done || stream.handshake == .answered else { return }
    send(stream, side, .reset, size: 0, stream.link.roll())
  }

  private func send(
    _ stream: Stream, _ side: Int, _ content: Flight.Content, size: Int, isCutShort: Bool = false, _ dice: Dice
  ) {
    let pipe = stream.sides[side].out
    let end = pipe.sent
    var flight = Flight(content: content, time: 0, end: end, isCutShort: isCutShort)
    if let time = fate(stream, side, size: size, dice) {
      flight.time = time
    } else {
      flight.time = ns.clampedAdding(retransmission(0))
      flight.isLost = true
      flight.attempt = 1
    }
    guard var last = pipe.flight.last else {
      pipe.flight.append(flight)
      return schedule(stream, side)
    }
    // What comes earlier than what is before it waits for that (the receiver puts it in order), and comes with it.
    let isTogether = content == .data && last.content == .data && !last.isCutShort
    if isTogether, flight.time <= last.time || last.isLost {
      (last.end, last.isCutShort) = (end, isCutShort)
      pipe.flight.last = last
    } else {
      flight.time = max(flight.time, last.time.clampedAdding(last.isCutShort ? 1_000 : 0))
      pipe.flight.append(flight)
    }
  }

  /// When a packet comes that is sent now; nil when it is lost.
  private func fate(_ stream: Stream, _ side: Int, size: Int, _ dice: Dice) -> UInt64? {
    let link = stream.link
    let time = link.arrival(size, way: stream.way(of: side), at: ns, dice)
    if isBlocked(stream, from: side) { return nil }
    if link.isLoopback { return time }
    let host = hosts[Int(stream.sides[side].host)]
    if dice.hits(.loss, faults) {
      fire(.loss, host)
      return nil
    }
    guard dice.hits(.latency, faults) else { return time }
    fire(.latency, host)
    return time.clampedAdding(settings.extents.latency.length(dice.detail(.latency)).ns)
  }

  private func retransmission(_ attempt: UInt8) -> UInt64 {
    let first = settings.streams.retransmitFirst * (1 << UInt64(min(attempt, 30)))
    return min(first, settings.streams.retransmitMax).ns
  }

  /// Puts the first packet under way into the heap.
  private func schedule(_ stream: Stream, _ side: Int) {
    let pipe = stream.sides[side].out
    pipe.flightToken &+= 1
    guard let first = pipe.flight.first else { return }
    heap.push(
      at: max(first.time, ns), side == 0 ? .arrivalFromDialler : .arrivalFromAcceptor, who: stream.place,
      token: pipe.flightToken)
  }

  /// The first packet under way from a side comes, or is sent again.
  func arrive(_ place: UInt32, side: Int, _ token: UInt32) {
    let stream = streams[Int(place)]
    let pipe = stream.sides[side].out
    guard stream.isInUse, pipe.flightToken == token, var first = pipe.flight.first else { return }
    if isBlocked(stream, from: side) { return lose(stream, side, first) }
    if first.isLost {
      guard let time = fate(stream, side, size: 0, stream.link.roll()) else { return lose(stream, side, first) }
      (first.isLost, first.time) = (false, time)
      pipe.flight.first = first
      return schedule(stream, side)
    }
    let clogged = stream.link.ways[stream.way(of: side)].cloggedUntil
    if clogged > ns {
      first.time = clogged
      pipe.flight.first = first
      return schedule(stream, side)
    }
    pipe.failingSince = nil
    pipe.flight.popFirst()
    schedule(stream, side)
    deliver(stream, side, first)
    release(stream)
  }

  /// A packet is lost: its sender sends it again, if there still is one, unless it gives up.
  private func lose(_ stream: Stream, _ side: Int, _ packet: Flight) {
    let sender = stream.sides[side]
    let isAlive = sender.state != .gone && sender.failure == nil && hosts[Int(sender.host)].isPowered
    guard isAlive, packet.content != .reset else {
      stream.sides[side].out.flight.removeAll()
      stream.sides[side].out.flightToken &+= 1
      return release(stream)
    }
    if isHopeless(stream, side) { return fail(stream, side, .timeout) }
    var packet = packet
    packet.isLost = true
    packet.time = ns.clampedAdding(retransmission(packet.attempt))
    packet.attempt = min(packet.attempt + 1, 30)
    stream.sides[side].out.flight.first = packet
    schedule(stream, side)
  }

  private func isHopeless(_ stream: Stream, _ side: Int) -> Bool {
    let since = stream.sides[side].out.failingSince ?? ns
    stream.sides[side].out.failingSince = since
    return ns - since >= settings.streams.giveUp.ns
  }
}
