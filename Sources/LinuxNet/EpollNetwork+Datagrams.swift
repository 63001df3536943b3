import Glibc
public import MixNet

extension EpollNetwork {
  /// How many datagrams that are too large are discarded in one call; a flood of them must not hold the worker.
  private static let discardMax = 64

  /// Opens a socket for datagrams over IP; a Unix address is refused.
  public func bindDatagram(_ address: Address) throws(NetworkError) -> DatagramID {
    guard let name = SocketAddress(address), name.family != AF_UNIX else {
      throw NetworkError("bind", address, EAFNOSUPPORT)
    }
    // No SO_REUSEADDR: with it, two sockets could share the port and one would get nothing.
    guard let made = SocketOptions.open(family: name.family, stream: false) else {
      throw NetworkError("bind", address, errno)
    }
    SocketOptions.separateFamilies(made.raw, family: name.family)
    // As much room as the system gives: what comes while the worker is busy is lost otherwise.
    SocketOptions.set(made.raw, SOL_SOCKET, SO_RCVBUF, 1 << 20)
    guard name.pass({ bind(made.raw, $0, $1) }) == 0 else { throw NetworkError("bind", address, errno) }
    let number = table.insert(made.release(), .datagram, owner: member)
    try startWatching(number, "bind", address)
    return DatagramID(raw: number)
  }

  /// The address that is really bound, or nil for a closed socket.
  public func address(of socket: DatagramID) -> Address? {
    place(of: socket.raw, .datagram).flatMap { SocketAddress.local(of: table[$0].descriptor) }
  }

  /// Sends one datagram of at most ``datagramMax`` bytes; false for a larger one and when it could not be sent now.
  public func send(_ bytes: UnsafeRawBufferPointer, to address: Address, on socket: DatagramID) -> Bool {
    guard bytes.count <= datagramMax, let place = place(of: socket.raw, .datagram) else { return false }
    guard let name = SocketAddress(address) else { return false }
    let descriptor = table[place].descriptor
    func attempt() -> Bool {
      name.pass { sendto(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) } == bytes.count
    }
    if attempt() { return true }
    // An error of an earlier datagram (nobody listens there, RFC 1122 section 4.1.3.3) is told at the next call, once.
    return errno == ECONNREFUSED && attempt()
  }

  /// Sends the same datagram to each, with one call of the system.
  public func send(_ bytes: UnsafeRawBufferPointer, toAll addresses: [Address], on socket: DatagramID) -> Int {
    guard bytes.count <= datagramMax, let place = place(of: socket.raw, .datagram) else { return addresses.count }
    return group.datagrams.send(bytes, to: addresses, on: table[place].descriptor)
  }

  /// Takes one datagram, however small; ``Network`` says what becomes of one that is too large.
  public func receive(
    into bytes: UnsafeMutableRawBufferPointer, on socket: DatagramID
  ) -> (count: Int, from: Address)? {
    guard let place = place(of: socket.raw, .datagram) else { return nil }
    var sender = SocketAddress()
    for _ in 0..<Self.discardMax {
      let size = sender.fill {
        recvfrom(table[place].descriptor, bytes.baseAddress, bytes.count, Int32(MSG_TRUNC), $0, $1)
      }
      if size < 0, errno == EAGAIN { return nil }
      if size >= 0, size <= bytes.count, let from = sender.address { return (size, from) }
    }
    return nil
  }

  /// Takes as many as there are with one call of the system, where there are few.
  public func receive(
    atMost most: Int, on socket: DatagramID, _ take: (UnsafeRawBufferPointer, _ from: Address) -> Void
  ) {
    let room = group.datagrams
    var left = most
    while left > 0, let place = place(of: socket.raw, .datagram) {
      let asked = min(left, room.capacity)
      let count = room.fill(from: table[place].descriptor, atMost: asked)
      for number in 0..<count {
        if let (bytes, from) = room[number] { take(bytes, from) }
      }
      guard count == asked else { return }
      left -= asked
    }
  }

  /// Closes a socket for datagrams.
  public func close(_ socket: DatagramID) {
    if let place = place(of: socket.raw, .datagram) { closeSocket(at: place) }
  }
}
