import MixNet

/// Reads and writes with arrays.
extension Network {
  /// One write of the bytes, cut into slices of at most `piece` bytes.
  func write(_ connection: ConnectionID, _ bytes: [UInt8], piece: Int = .max) -> IOResult {
    var bytes = bytes
    return unsafe bytes.withUnsafeMutableBytes { room in
      let slices = unsafe slices(of: room, piece: piece)
      return unsafe slices.withUnsafeBufferPointer { unsafe write(connection, from: $0) }
    }
  }

  /// One read of at most `size` bytes into slices of at most `piece` bytes.
  func read(_ connection: ConnectionID, _ size: Int, piece: Int = .max) -> (result: IOResult, bytes: [UInt8]) {
    var bytes = [UInt8](repeating: 0, count: size)
    let result = unsafe bytes.withUnsafeMutableBytes { room in
      let slices = unsafe slices(of: room, piece: piece)
      return unsafe slices.withUnsafeBufferPointer { unsafe read(connection, into: $0) }
    }
    guard case .moved(let count) = result else { return (result, []) }
    return (result, Array(bytes.prefix(count)))
  }

  /// Sends an array as a datagram.
  func send(_ bytes: [UInt8], to address: Address, on socket: DatagramID) -> Bool {
    unsafe bytes.withUnsafeBytes { unsafe send($0, to: address, on: socket) }
  }

  /// Takes a datagram of at most `size` bytes.
  func receive(_ size: Int, on socket: DatagramID) -> (bytes: [UInt8], from: Address)? {
    var bytes = [UInt8](repeating: 0, count: size)
    let taken = unsafe bytes.withUnsafeMutableBytes { unsafe receive(into: $0, on: socket) }
    return taken.map { (Array(bytes.prefix($0.count)), $0.from) }
  }
}

private func slices(of room: UnsafeMutableRawBufferPointer, piece: Int) -> [IOSlice] {
  guard let base = room.baseAddress, room.count > 0 else { return unsafe [] }
  let size = room.count
  var slices: [IOSlice] = unsafe []
  for at in stride(from: 0, to: size, by: min(piece, size)) {
    unsafe slices.append(IOSlice(base: base + at, count: min(piece, size - at)))
  }
  return unsafe slices
}

extension NetworkWorld {
  /// Reads, told by events, until `count` bytes have come.
  func receive(_ count: Int, _ network: any Network, _ connection: ConnectionID) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      try event(network, .connection(connection), readable: true)
      let (result, more) = network.read(connection, count - bytes.count)
      guard case .moved = result else { throw ContractFailure(description: "\(result) after \(bytes.count) bytes") }
      bytes += more
    }
    return bytes
  }

  /// Reads, told by events, until a read says something else than bytes.
  func finish(_ network: any Network, _ connection: ConnectionID) throws -> (bytes: [UInt8], end: IOResult) {
    var bytes: [UInt8] = []
    while true {
      try event(network, .connection(connection), readable: true)
      var (result, more) = network.read(connection, 1 << 16)
      while case .moved = result {
        bytes += more
        (result, more) = network.read(connection, 1 << 16)
      }
      if result != .blocked { return (bytes, result) }
    }
  }
}
