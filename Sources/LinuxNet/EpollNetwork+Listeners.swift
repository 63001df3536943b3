import CSys
import Glibc
public import MixNet

extension EpollNetwork {
  /// How many connections that died before they were accepted are passed over in one call.
  private static let deadMax = 64

  /// Opens a listening socket; ``Network`` says how. The port of a socket that was closed a moment ago is free at once.
  public func listen(_ address: Address, backlog: Int) throws(NetworkError) -> ListenerID {
    try listen(address, backlog: backlog, mode: nil)
  }

  /// The same; the file of a Unix socket has the rights `mode` from its first moment on.
  public func listen(_ address: Address, backlog: Int, mode: UInt32?) throws(NetworkError) -> ListenerID {
    if case .name = address { throw NetworkError(unresolved: address, "listen on") }
    let opened: Descriptor
    var file: UnixSocketFile?
    do throws(SystemError) {
      if case .unix(let path) = address {
        opened = try UnixSocketFile.listen(path, backlog: Self.bounded(backlog), mode: mode, file: &file)
      } else {
        opened = try Self.listenIP(address, backlog: Self.bounded(backlog))
      }
    } catch {
      throw NetworkError("listen on", address, error.code)
    }
    keepReserve()
    let number = table.insert(opened.release(), .listener, owner: member)
    if let file { files.append((number, file)) }
    try startWatching(number, "listen on", address)
    return ListenerID(raw: number)
  }

  /// The address that is really listened on, or nil for a closed listener.
  public func address(of listener: ListenerID) -> Address? {
    place(of: listener.raw, .listener).flatMap { SocketAddress.local(of: table[$0].descriptor) }
  }

  /// Takes one waiting connection. The peer of a Unix socket has no name: its address is `unix:`.
  ///
  /// When the process has no descriptor left, those who wait are turned away, by means of one that is kept back for this:
  /// else each would wait for a timeout of its own.
  public func accept(_ listener: ListenerID) -> AcceptResult {
    guard let place = place(of: listener.raw, .listener) else { return .blocked }
    var peer = SocketAddress()
    for _ in 0..<Self.deadMax {
      let taken = peer.fill { sys_accept(table[place].descriptor, $0, $1) }
      if taken >= 0 {
        keepReserve()
        return .accepted(DetachedConnection(handle: Int64(taken), peer: peer.address ?? .unix("")))
      }
      switch -taken {
      case EAGAIN: return .blocked
      case EMFILE, ENFILE:
        turnAwayAll(place)
        return .exhausted
      case ENOBUFS, ENOMEM: return .exhausted
      // What is left are errors of the connection that was waiting (accept(2)); another may wait behind it.
      default: continue
      }
    }
    return .blocked
  }

  private func keepReserve() {
    if reserve < 0 { reserve = open("/dev/null", O_RDONLY | O_CLOEXEC) }
  }

  private func turnAwayAll(_ place: Int) {
    for _ in 0..<Self.deadMax where reserve >= 0 {
      closeDescriptor(reserve)
      reserve = -1
      let taken = sys_accept(table[place].descriptor, nil, nil)
      if taken >= 0 { closeDescriptor(taken) }
      keepReserve()
      if taken < 0 { return }
    }
  }

  /// Turns the events of a listener on or off.
  public func setInterest(_ listener: ListenerID, accept: Bool) {
    if let place = place(of: listener.raw, .listener) { rewatch(place, read: accept, write: false) }
  }

  /// Stops listening and removes the file of a Unix socket, if it is still this one's.
  public func close(_ listener: ListenerID) {
    guard let place = place(of: listener.raw, .listener) else { return }
    if let at = files.firstIndex(where: { $0.number == listener.raw }) { files.remove(at: at).file.remove() }
    closeSocket(at: place)
  }

  /// Watches a new socket for reading, or gives it up.
  func startWatching(_ number: UInt64, _ action: String, _ address: Address) throws(NetworkError) {
    guard let place = place(of: number) else { return }
    let connects = table[place].kind == .connecting
    let refused = watch(place, read: !connects, write: connects)
    guard refused != 0 else { return }
    if let at = files.firstIndex(where: { $0.number == number }) { files.remove(at: at).file.remove() }
    closeSocket(at: place)
    throw NetworkError(action, address, refused)
  }

  /// Ends the socket at `place` and its number.
  func closeSocket(at place: Int) {
    let slot = table.remove(at: place)
    guard slot.descriptor >= 0 else { return }
    unwatch(slot.descriptor)
    closeDescriptor(slot.descriptor)
  }

  private static func bounded(_ backlog: Int) -> Int32 { Int32(clamping: max(1, backlog)) }

  private static func listenIP(_ address: Address, backlog: Int32) throws(SystemError) -> Descriptor {
    guard let name = SocketAddress(address) else { throw SystemError(action: "listen", code: EINVAL) }
    guard let made = SocketOptions.open(family: name.family, stream: true) else {
      throw SystemError(action: "listen", code: errno)
    }
    SocketOptions.separateFamilies(made.raw, family: name.family)
    SocketOptions.set(made.raw, SOL_SOCKET, SO_REUSEADDR)
    guard name.pass({ bind(made.raw, $0, $1) }) == 0, Glibc.listen(made.raw, backlog) == 0 else {
      throw SystemError(action: "listen", code: errno)
    }
    return made
  }
}

extension NetworkError {
  /// A name is no place for a socket.
  init(unresolved address: Address, _ action: String) {
    self.init(action: action, address: address, reason: .unresolved, detail: "a name must be looked up first")
  }

  /// The error of `action` at `address` for an errno.
  init(_ action: String, _ address: Address, _ code: Int32) {
    self.init(action: action, address: address, reason: CloseReason(errno: code), detail: systemText(code))
  }
}
