import MixNet

/// How streams come to be.
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
}
