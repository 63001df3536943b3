public import MixNet

extension SimNetwork {
  /// Opens a listening socket on an address of its host, on all of them (`0.0.0.0`, `[::]`), on its loopback, or at a
  /// path of the host.
  public func listen(_ address: Address, backlog: Int) throws(NetworkError) -> ListenerID {
    try takeDescriptor("listen on", address)
    guard let real = host.bindable(address, isStream: true) else {
      host.returnDescriptor()
      throw failure("listen on", address, .exhausted, "Cannot assign requested address")
    }
    guard host.listeners[real] == nil else {
      host.returnDescriptor()
      throw failure("listen on", address, .exhausted, "Address already in use")
    }
    let (place, number) = table.insert(.listener)
    table[place].wantsRead = true
    table[place].address = real
    table[place].backlogMax = max(1, backlog)
    host.listeners[real] = (self, number)
    return ListenerID(raw: number)
  }

  /// The address that is really listened on, or nil for a closed listener.
  public func address(of listener: ListenerID) -> Address? {
    table.place(of: listener.raw, .listener).flatMap { table[$0].address }
  }

  /// Takes one waiting connection. The peer of a Unix socket has no name: its address is `unix:`.
  public func accept(_ listener: ListenerID) -> AcceptResult {
    guard !isDead, let place = table.place(of: listener.raw, .listener) else { return .blocked }
    while let waiting = table[place].backlog.first {
      // The dialler may have cut it meanwhile.
      guard waiting.stream.isWaiting(waiting.number) else {
        table[place].backlog.popFirst()
        continue
      }
      let dice = host.roll()
      let strikes = dice.hits(.descriptors, world.faults) && !waiting.stream.link.isLoopback
      if strikes { world.fire(.descriptors, host) }
      guard !strikes, host.takeDescriptor() else { return .exhausted }
      table[place].backlog.popFirst()
      return .accepted(
        DetachedConnection(handle: waiting.stream.handle, peer: waiting.stream.sides[0].address))
    }
    return .blocked
  }

  /// Turns the events of a listener on or off.
  public func setInterest(_ listener: ListenerID, accept: Bool) {
    guard let place = table.place(of: listener.raw, .listener) else { return }
    table[place].wantsRead = accept
    changed(listener.raw)
  }

  /// Stops listening; who waits to be accepted is cut.
  public func close(_ listener: ListenerID) {
    guard !isDead, let place = table.place(of: listener.raw, .listener) else { return }
    if let address = table[place].address { host.listeners[address] = nil }
    var waiting = table[place].backlog
    table.remove(at: place)
    host.returnDescriptor()
    while let (stream, number) = waiting.popFirst() {
      if stream.isWaiting(number) { world.cut(stream, side: 1) }
    }
  }
}
