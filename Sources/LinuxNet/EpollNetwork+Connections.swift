import CSys
import Glibc
public import MixNet

extension EpollNetwork {
  /// What the system takes in one call (IOV_MAX).
  private static let slicesMax = 1_024

  /// Makes an accepted connection this worker's own. If it cannot be watched, the connection tells so by an event and
  /// gives its failure to whoever reads or writes it.
  public func adopt(_ connection: DetachedConnection) -> ConnectionID {
    let number = table.insert(Int32(truncatingIfNeeded: connection.handle), .connected, owner: member)
    guard let place = place(of: number) else { return ConnectionID(raw: number) }
    SocketOptions.prepare(table[place].descriptor)
    let refused = watch(place, read: true, write: false)
    if refused != 0 {
      closeDescriptor(table[place].descriptor)
      table[place].descriptor = -1
      table[place].failure = CloseReason(errno: refused)
      unwatched.append(number)
    }
    return ConnectionID(raw: number)
  }

  /// Closes an accepted connection that nobody will own.
  public func discard(_ connection: DetachedConnection) {
    closeDescriptor(Int32(truncatingIfNeeded: connection.handle))
  }

  /// Begins to connect; throws what the system knows at once.
  public func connect(_ address: Address) throws(NetworkError) -> ConnectionID {
    if case .name = address { throw NetworkError(unresolved: address, "connect to") }
    guard let name = SocketAddress(address) else { throw NetworkError("connect to", address, ENAMETOOLONG) }
    guard let made = SocketOptions.open(family: name.family, stream: true) else {
      throw NetworkError("connect to", address, errno)
    }
    SocketOptions.prepare(made.raw)
    let done = name.pass { Glibc.connect(made.raw, $0, $1) } == 0
    guard done || errno == EINPROGRESS || errno == EINTR else { throw NetworkError("connect to", address, errno) }
    let number = table.insert(made.release(), .connecting, owner: member)
    try startWatching(number, "connect to", address)
    return ConnectionID(raw: number)
  }

  /// Tells how a connect has ended; once connected, the connection has read interest alone.
  public func finishConnect(_ connection: ConnectionID) -> IOResult {
    guard let place = place(of: connection.raw) else { return .failed(.local) }
    if let failure = table[place].failure { return .failed(failure) }
    switch table[place].kind {
    case .connected: return .moved(0)
    case .connecting: break
    case .vacant, .listener, .datagram: return .failed(.local)
    }
    switch Self.connectOutcome(of: table[place].descriptor) {
    case nil: return .blocked
    case .success:
      table[place].kind = .connected
      rewatch(place, read: true, write: false)
      return .moved(0)
    case .failure(let reason):
      table[place].failure = reason
      return .failed(reason)
    }
  }

  /// How the connect of a socket has ended, or nil while that is not known.
  static func connectOutcome(of socket: Int32) -> Result<Void, CloseReason>? {
    var state = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
    guard poll(&state, 1, 0) == 1 else { return nil }
    let code = SocketOptions.takeError(socket)
    if code != 0 { return .failure(CloseReason(errno: code)) }
    // It was connected and has been cut already. (A Unix socket that has merely ended still knows its peer.)
    guard let there = SocketAddress.remote(of: socket) else { return .failure(.reset) }
    // Where nobody listens on a port that the system gives to those who connect, a socket may be given that very port
    // and meet itself (simultaneous open, RFC 9293 section 3.5). Then it also keeps the true owner from its port.
    if there.port != nil, there == SocketAddress.local(of: socket) { return .failure(.refused) }
    return .success(())
  }

  /// Reads into the slices; a failure is told after what came before it has been read, and again at each call.
  public func read(_ connection: ConnectionID, into slices: UnsafeBufferPointer<IOSlice>) -> IOResult {
    guard let place = openPlace(connection) else { return .failed(.local) }
    let slot = table[place]
    guard slot.kind == .connected else { return slot.failure.map { .failed($0) } ?? .blocked }
    guard slot.descriptor >= 0 else { return .failed(slot.failure ?? .local) }
    let moved = sys_read_slices(slot.descriptor, slices.baseAddress, Int32(min(slices.count, Self.slicesMax)))
    if moved > 0 { return .moved(moved) }
    if moved == 0 {
      if let failure = slot.failure { return .failed(failure) }
      // Nothing fits into no room; that is no end.
      return slices.prefix(Self.slicesMax).contains { $0.count > 0 } ? .ended : .blocked
    }
    return result(of: Int32(truncatingIfNeeded: -moved), at: place)
  }

  /// Writes the slices. It never raises SIGPIPE.
  public func write(_ connection: ConnectionID, from slices: UnsafeBufferPointer<IOSlice>) -> IOResult {
    guard let place = openPlace(connection) else { return .failed(.local) }
    let slot = table[place]
    if let failure = slot.failure { return .failed(failure) }
    guard slot.kind == .connected else { return .blocked }
    let moved = sys_write_slices(slot.descriptor, slices.baseAddress, Int32(min(slices.count, Self.slicesMax)))
    if moved > 0 { return .moved(moved) }
    return moved == 0 ? .blocked : result(of: Int32(truncatingIfNeeded: -moved), at: place)
  }

  /// Bytes of which no acknowledgement has come yet (SIOCOUTQ of tcp(7)).
  public func unacknowledged(_ connection: ConnectionID) -> Int? {
    guard let place = place(of: connection.raw, .connected), table[place].descriptor >= 0 else { return nil }
    var count: Int32 = 0
    return ioctl(table[place].descriptor, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : nil
  }

  /// Chooses which events are wanted. While it connects, a connection has write interest alone, and keeps it.
  public func setInterest(_ connection: ConnectionID, read: Bool, write: Bool) {
    if let place = place(of: connection.raw, .connected) { rewatch(place, read: read, write: write) }
  }

  /// Closes: in good order, or at once with a reset (a Unix socket knows no reset: its peer sees the end).
  public func close(_ connection: ConnectionID, abort: Bool) {
    guard let place = openPlace(connection) else { return }
    let descriptor = table[place].descriptor
    if descriptor < 0 {
      unwatched.removeAll { $0 == connection.raw }
    } else if abort {
      SocketOptions.resetOnClose(descriptor)
    } else {
      SocketOptions.discardInput(descriptor)
    }
    closeSocket(at: place)
  }

  /// The place of a connection, made or in the making.
  private func openPlace(_ connection: ConnectionID) -> Int? {
    guard let place = place(of: connection.raw) else { return nil }
    switch table[place].kind {
    case .connecting, .connected: return place
    case .vacant, .listener, .datagram: return nil
    }
  }

  /// What an errno of a read or a write says; a failure is kept, since the system tells it once.
  private func result(of code: Int32, at place: Int) -> IOResult {
    guard code != EAGAIN else { return .blocked }
    let reason = table[place].failure ?? CloseReason(errno: code)
    table[place].failure = reason
    return .failed(reason)
  }
}
