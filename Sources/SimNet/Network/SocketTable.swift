import MixNet

/// What one place of a ``SocketTable`` knows of its socket.
struct Socket {
  enum Kind: UInt8 { case vacant, listener, connecting, connected, datagram }

  var kind = Kind.vacant
  var wantsRead = false
  var wantsWrite = false
  /// It stands in the network's list of those that may be ready.
  var isListed = false
  /// A connection's stream, and which side of it this is.
  var stream: Stream?
  var side = 0
  /// Where a listener or a datagram socket is.
  var address: Address?
  var backlogMax = 0
  /// The streams that wait to be accepted, each with its number in the world.
  var backlog = Fifo<(stream: Stream, number: UInt64)>()
  /// The datagrams that wait to be taken: places in the world's pool.
  var datagrams = Fifo<UInt32>()
  var datagramBytes = 0
  fileprivate(set) var generation: UInt32 = 1
}

/// The sockets of one network, each named by a number that is never given twice: its place (low half) and the
/// generation of the place (high half, from 1).
struct SocketTable {
  private var sockets: [Socket] = []
  private var vacant: [UInt32] = []

  var places: Range<Int> { 0..<sockets.count }

  subscript(place: Int) -> Socket {
    _read { yield sockets[place] }
    _modify { yield &sockets[place] }
  }

  /// Gives a socket a place and its number.
  mutating func insert(_ kind: Socket.Kind) -> (place: Int, number: UInt64) {
    let place: Int
    if let old = vacant.popLast() {
      place = Int(old)
    } else {
      place = sockets.count
      sockets.append(Socket())
    }
    sockets[place].kind = kind
    return (place, number(at: place))
  }

  /// The place of `number`; nil when it is closed or was never given.
  func place(of number: UInt64) -> Int? {
    let place = Int(number & 0xffff_ffff)
    guard place < sockets.count, sockets[place].generation == UInt32(number >> 32) else { return nil }
    return sockets[place].kind == .vacant ? nil : place
  }

  /// The place of `number` if its socket is of this kind.
  func place(of number: UInt64, _ kind: Socket.Kind) -> Int? {
    guard let place = place(of: number), sockets[place].kind == kind else { return nil }
    return place
  }

  func number(at place: Int) -> UInt64 { UInt64(sockets[place].generation) << 32 | UInt64(place) }

  /// Ends a number for ever. A place whose generations are used up is not used again.
  mutating func remove(at place: Int) {
    let generation = sockets[place].generation
    sockets[place] = Socket()
    sockets[place].generation = generation
    guard generation < .max else { return }
    sockets[place].generation = generation + 1
    vacant.append(UInt32(place))
  }
}
