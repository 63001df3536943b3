public import MixNet

extension SimNetwork {
  /// Makes an accepted connection this reactor's own.
  public func adopt(_ connection: DetachedConnection) -> ConnectionID {
    let (place, number) = table.insert(.connected)
    table[place].wantsRead = true
    guard !isDead, let stream = world.detached(connection.handle, on: host) else {
      // It was lost with its process: there is a name, and all that it tells is the failure.
      return ConnectionID(raw: number)
    }
    table[place].stream = stream
    table[place].side = 1
    stream.sides[1].network = self
    stream.sides[1].socket = number
    stream.sides[1].state = .open
    changed(number)
    return ConnectionID(raw: number)
  }

  /// Closes an accepted connection that nobody will own.
  public func discard(_ connection: DetachedConnection) {
    guard !isDead, let stream = world.detached(connection.handle, on: host) else { return }
    host.returnDescriptor()
    world.close(stream, side: 1, abort: stream.sides[0].out.readable > 0)
  }

  /// Begins to connect. Only what the host itself knows is thrown: a path where nobody listens, and used up descriptors.
  public func connect(_ address: Address) throws(NetworkError) -> ConnectionID {
    if case .name = address { throw failure("connect to", address, .unresolved, "A name must be looked up first") }
    try takeDescriptor("connect to", address)
    if case .unix = address, host.listeners[address] == nil {
      host.returnDescriptor()
      throw failure("connect to", address, .refused, "Connection refused")
    }
    let (place, number) = table.insert(.connecting)
    table[place].wantsWrite = true
    let stream = world.dial(address, from: host)
    table[place].stream = stream
    stream.sides[0].network = self
    stream.sides[0].socket = number
    return ConnectionID(raw: number)
  }

  /// Tells how a connect has ended; once connected, the connection has read interest alone.
  public func finishConnect(_ connection: ConnectionID) -> IOResult {
    guard let (place, stream, side) = find(connection) else { return .failed(.local) }
    if let failure = stream.sides[side].failure { return .failed(failure) }
    guard table[place].kind == .connecting else { return .moved(0) }
    guard stream.sides[side].state != .connecting else { return .blocked }
    table[place].kind = .connected
    setInterest(connection, read: true, write: false)
    return .moved(0)
  }

  /// Reads into the slices; a failure is told after what came before it has been read, and again at each call.
  public func read(_ connection: ConnectionID, into slices: UnsafeBufferPointer<IOSlice>) -> IOResult {
    guard let (place, stream, side) = find(connection) else { return .failed(.local) }
    guard table[place].kind == .connected else { return stream.sides[side].failure.map { .failed($0) } ?? .blocked }
    let other = 1 - side
    let waiting = Int(clamping: stream.sides[other].out.readable)
    let room = unsafe slices.reduce(0) { unsafe $0 + $1.count }
    guard waiting > 0 else {
      if let failure = stream.sides[side].failure { return .failed(failure) }
      guard room > 0, stream.sides[other].out.isEndArrived else { return .blocked }
      return .ended
    }
    guard room > 0 else { return .blocked }
    let world = world
    let limit = world.allowance(min(waiting, room), of: stream, side: side)
    let pipe = stream.sides[other].out
    var at = pipe.read
    let end = at + UInt64(limit)
    for place in 0..<slices.count where at < end {
      let slice = unsafe slices[place]
      let count = unsafe min(slice.count, Int(end - at))
      let target = unsafe UnsafeMutableRawBufferPointer(start: slice.base, count: count)
      unsafe pipe.ring.read(at: at, into: target)
      if let meter = world.meter {
        unsafe meter.moved(UnsafeRawBufferPointer(target), StreamPassage(stream, side: other, isWritten: false))
      }
      at += UInt64(count)
    }
    world.took(limit, from: stream, side: other)
    return .moved(limit)
  }

  /// Writes the slices.
  public func write(_ connection: ConnectionID, from slices: UnsafeBufferPointer<IOSlice>) -> IOResult {
    guard let (place, stream, side) = find(connection) else { return .failed(.local) }
    if let failure = stream.sides[side].failure { return .failed(failure) }
    guard table[place].kind == .connected else { return .blocked }
    let offered = unsafe slices.reduce(0) { unsafe $0 + $1.count }
    let (world, pipe) = (world, stream.sides[side].out)
    let room = Int(clamping: pipe.room(world.settings.streams))
    guard offered > 0, room > 0 else { return .blocked }
    let limit = world.allowance(min(offered, room), of: stream, side: side)
    if let failure = stream.sides[side].failure { return .failed(failure) }
    var at = pipe.written
    let (kept, end) = (pipe.read..<at, at + UInt64(limit))
    pipe.ring.reserve(kept.lowerBound..<end, kept: kept)
    for place in 0..<slices.count where at < end {
      let slice = unsafe slices[place]
      let count = unsafe min(slice.count, Int(end - at))
      let source = unsafe UnsafeRawBufferPointer(start: slice.base, count: count)
      unsafe pipe.ring.write(source, at: at)
      if let meter = world.meter {
        unsafe meter.moved(source, StreamPassage(stream, side: side, isWritten: true))
      }
      at += UInt64(count)
    }
    pipe.written = end
    world.transmit(stream, side)
    return .moved(limit)
  }

  /// Bytes of which no acknowledgement has come yet.
  public func unacknowledged(_ connection: ConnectionID) -> Int? {
    guard let (_, stream, side) = find(connection) else { return nil }
    let pipe = stream.sides[side].out
    return Int(clamping: pipe.written - pipe.known.arrived)
  }

  /// Chooses which events are wanted. While it connects, a connection has write interest alone, and keeps it.
  public func setInterest(_ connection: ConnectionID, read: Bool, write: Bool) {
    guard let place = table.place(of: connection.raw, .connected) else { return }
    table[place].wantsRead = read
    table[place].wantsWrite = write
    changed(connection.raw)
  }

  /// Closes: what was written is still sent and then the end; or, with `abort`, a reset at once.
  public func close(_ connection: ConnectionID, abort: Bool) {
    guard !isDead, let place = table.place(of: connection.raw) else { return }
    guard table[place].kind == .connecting || table[place].kind == .connected else { return }
    let (stream, side) = (table[place].stream, table[place].side)
    table.remove(at: place)
    host.returnDescriptor()
    if let stream { world.close(stream, side: side, abort: abort) }
  }

  /// The place, stream and side of a connection, made or in the making.
  private func find(_ connection: ConnectionID) -> (place: Int, stream: Stream, side: Int)? {
    guard !isDead, let place = table.place(of: connection.raw), let stream = table[place].stream else { return nil }
    return (place, stream, table[place].side)
  }
}
