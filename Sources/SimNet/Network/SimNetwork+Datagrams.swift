public import MixNet

extension SimNetwork {
  /// Opens a socket for datagrams over IP; a Unix address is refused.
  public func bindDatagram(_ address: Address) throws(NetworkError) -> DatagramID {
    try takeDescriptor("bind", address)
    guard address.port != nil, let real = host.bindable(address, isStream: false) else {
      host.returnDescriptor()
      throw failure("bind", address, .unreachable, "Cannot assign requested address")
    }
    guard host.datagramSockets[real] == nil else {
      host.returnDescriptor()
      throw failure("bind", address, .exhausted, "Address already in use")
    }
    let (place, number) = table.insert(.datagram)
    table[place].wantsRead = true
    table[place].address = real
    host.datagramSockets[real] = (self, number)
    return DatagramID(raw: number)
  }

  /// The address that is really bound, or nil for a closed socket.
  public func address(of socket: DatagramID) -> Address? {
    table.place(of: socket.raw, .datagram).flatMap { table[$0].address }
  }

  /// Sends one datagram of at most ``datagramMax`` bytes; false for a larger one and when it could not be sent now.
  public func send(_ bytes: UnsafeRawBufferPointer, to address: Address, on socket: DatagramID) -> Bool {
    guard !isDead, bytes.count <= datagramMax, let place = table.place(of: socket.raw, .datagram) else { return false }
    guard let from = table[place].address, from.isOfFamily(of: address) else { return false }
    unsafe world.send(bytes, from: host.outward(from, to: address), to: address, by: host)
    return true
  }

  /// Takes one datagram, however small; ``Network`` says what becomes of one that is too large.
  public func receive(
    into bytes: UnsafeMutableRawBufferPointer, on socket: DatagramID
  ) -> (count: Int, from: Address)? {
    guard !isDead, let place = table.place(of: socket.raw, .datagram) else { return nil }
    while let number = table[place].datagrams.popFirst() {
      let datagram = world.datagrams[number]
      table[place].datagramBytes -= datagram.count
      defer { world.datagrams.give(back: number) }
      if datagram.count <= bytes.count {
        unsafe world.datagrams.copy(number, into: bytes)
        return (datagram.count, datagram.from)
      }
    }
    return nil
  }

  /// Closes a socket for datagrams.
  public func close(_ socket: DatagramID) {
    guard !isDead, let place = table.place(of: socket.raw, .datagram) else { return }
    if let address = table[place].address { host.datagramSockets[address] = nil }
    while let number = table[place].datagrams.popFirst() { world.datagrams.give(back: number) }
    table.remove(at: place)
    host.returnDescriptor()
  }
}
