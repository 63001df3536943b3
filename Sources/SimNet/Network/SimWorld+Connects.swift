import MixNet

/// How streams come to be and go.
extension SimWorld {
  /// Begins to connect a host to an address.
  func dial(_ address: Address, from host: SimHost) -> Stream {
    let target = self.host(at: address, from: host.number)
    let stream = makeStream(link(host.number, target ?? host.number))
    dialled += 1
    stream.number = dialled
    stream.way = stream.link.way(from: host.number)
    stream.target = address
    stream.began = ns
    stream.sides[0].state = .connecting
    stream.sides[0].host = host.number
    stream.sides[0].address = host.localAddress(to: address)
    stream.sides[1].host = target ?? host.number
    stream.sides[1].address = address
    line("dial", stream, 0)
    if target == nil {
      proceed(stream, .unreachable, after: settings.streams.unreachableAfter.ns)
    } else {
      ask(stream)
    }
    return stream
  }

  private func makeStream(_ link: SimLink) -> Stream {
    if let place = vacantStreams.popLast() {
      let stream = streams[Int(place)]
      stream.link = link
      stream.isInUse = true
      return stream
    }
    let stream = Stream(place: UInt32(streams.count), link: link)
    stream.isInUse = true
    streams.append(stream)
    return stream
  }

  /// Sends the dialler's first packet.
  private func ask(_ stream: Stream) {
    let dice = stream.link.roll()
    let host = hosts[Int(stream.sides[0].host)]
    if !stream.link.isLoopback {
      if stream.attempt == 0, dice.hits(.connect, faults) {
        fire(.connect, host)
        // Half of them are never answered; they fail at last.
        let hangs = dice.detail(.connect, below: 2) == 0
        if hangs { return proceed(stream, .hanging, after: settings.streams.connectGiveUp.ns) }
        return proceed(stream, .refused, after: stream.link.arrival(0, way: stream.way, at: ns, dice) - ns)
      }
      if dice.hits(.loss, faults) {
        fire(.loss, host)
        return proceed(stream, .lost, after: wait(before: stream))
      }
    }
    if isBlocked(stream, from: 0) { return proceed(stream, .lost, after: wait(before: stream)) }
    proceed(stream, .asking, after: stream.link.arrival(0, way: stream.way, at: ns, dice) - ns)
  }

  private func wait(before stream: Stream) -> UInt64 {
    settings.streams.connectFirst.ns << UInt64(min(stream.attempt, 6))
  }

  private func proceed(_ stream: Stream, _ state: Handshake, after span: UInt64) {
    stream.handshake = state
    stream.handshakeToken &+= 1
    heap.push(at: ns.clampedAdding(span), .handshake, who: stream.place, token: stream.handshakeToken)
  }

  func shakeHands(_ place: UInt32, _ token: UInt32) {
    let stream = streams[Int(place)]
    guard stream.isInUse, stream.handshakeToken == token else { return }
    switch stream.handshake {
    case .done: break
    case .lost: askAgain(stream)
    case .unreachable: fail(stream, 0, .unreachable)
    case .hanging: fail(stream, 0, .timeout)
    case .refused:
      if isBlocked(stream, from: 1) { return proceed(stream, .lost, after: wait(before: stream)) }
      fail(stream, 0, .refused)
    case .answered:
      if isBlocked(stream, from: 1) {
        // The answer is repeated; the acceptor gives up when nobody takes it.
        guard ns - stream.began < settings.streams.connectGiveUp.ns else {
          fail(stream, 0, .timeout)
          if stream.sides[1].isListening { fail(stream, 1, .timeout) }
          return
        }
        stream.attempt = min(stream.attempt + 1, 6)
        return proceed(stream, .answered, after: wait(before: stream))
      }
      establish(stream)
    case .asking: knock(stream)
    }
  }

  private func askAgain(_ stream: Stream) {
    stream.attempt = min(stream.attempt + 1, 6)
    guard ns - stream.began < settings.streams.connectGiveUp.ns else { return fail(stream, 0, .timeout) }
    ask(stream)
  }

  /// The dialler's first packet has come to the acceptor's host.
  private func knock(_ stream: Stream) {
    let host = hosts[Int(stream.sides[1].host)]
    if isBlocked(stream, from: 0) { return proceed(stream, .lost, after: wait(before: stream)) }
    let back = stream.link.arrival(0, way: 1 - stream.way, at: ns, stream.link.roll()) - ns
    guard let (network, number) = host.listener(at: stream.target),
      let place = network.table.place(of: number, .listener)
    else {
      line("refuse", stream, 1)
      return proceed(stream, .refused, after: back)
    }
    guard network.table[place].backlog.count < network.table[place].backlogMax else {
      // As Linux does, without a word: there may be room when it is asked again.
      line("overflow", stream, 1)
      return proceed(stream, .lost, after: wait(before: stream))
    }
    stream.sides[1].state = .waiting
    network.table[place].backlog.append((stream, stream.number))
    line("knock", stream, 1)
    network.changed(number)
    proceed(stream, .answered, after: back)
  }

  /// The dialler knows that it is connected.
  func establish(_ stream: Stream) {
    guard stream.handshake != .done else { return }
    stream.handshake = .done
    stream.handshakeToken &+= 1
    guard stream.sides[0].state == .connecting, stream.sides[0].failure == nil else { return }
    stream.sides[0].state = .open
    line("connected", stream, 0)
    tell(stream, 0)
    transmit(stream, 0)
  }

  /// An accepted connection that no network has yet.
  func detached(_ handle: Int64, on host: SimHost) -> Stream? {
    let place = Int(handle >> 32)
    guard streams.indices.contains(place) else { return nil }
    let stream = streams[place]
    let isSame = stream.number & 0xffff_ffff == UInt64(handle) & 0xffff_ffff
    return isSame && stream.isWaiting(stream.number) && stream.sides[1].host == host.number ? stream : nil
  }

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
  func vanish(_ stream: Stream, side: Int) {
    stream.sides[side].network = nil
    stream.sides[side].state = .gone
    stream.sides[side].out.dropUnsent()
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
