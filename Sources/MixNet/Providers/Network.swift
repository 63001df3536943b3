/// Names a connection of one ``Network``; never used again after it is closed.
public struct ConnectionID: Hashable, Sendable {
  /// The provider's own number.
  public let raw: UInt64
  /// The connection that the provider numbers `raw`.
  public init(raw: UInt64) { self.raw = raw }
}

/// Names a listening socket of one ``Network``.
public struct ListenerID: Hashable, Sendable {
  /// The provider's own number.
  public let raw: UInt64
  /// The listener that the provider numbers `raw`.
  public init(raw: UInt64) { self.raw = raw }
}

/// Names a datagram socket of one ``Network``.
public struct DatagramID: Hashable, Sendable {
  /// The provider's own number.
  public let raw: UInt64
  /// The datagram socket that the provider numbers `raw`.
  public init(raw: UInt64) { self.raw = raw }
}

/// An accepted connection on its way from the worker that accepted it to the worker that will own it.
///
/// It must be given to ``Network/adopt(_:)`` or ``Network/discard(_:)`` exactly once.
public struct DetachedConnection: Sendable {
  /// The provider's own number.
  public let handle: Int64
  /// Who connected.
  public let peer: Address
  /// An accepted connection from `peer` that the provider numbers `handle`.
  public init(handle: Int64, peer: Address) {
    self.handle = handle
    self.peer = peer
  }
}

/// A piece of memory for scattered reads and gathered writes. Its layout is that of POSIX's `iovec`.
@unsafe public struct IOSlice {
  /// Where the piece begins.
  public var base: UnsafeMutableRawPointer
  /// Its size in bytes.
  public var count: Int
  /// `count` bytes from `base` on.
  public init(base: UnsafeMutableRawPointer, count: Int) {
    unsafe self.base = base
    unsafe self.count = count
  }
}

/// What became of a read, a write or a connect.
public enum IOResult: Equatable, Sendable {
  /// So many bytes were moved, at least one; a finished connect moves none.
  case moved(Int)
  /// Nothing can be done now; an event will tell when.
  case blocked
  /// The other side has ended its stream in good order.
  case ended
  /// The connection is broken.
  case failed(CloseReason)
}

/// What became of an accept.
public enum AcceptResult: Sendable {
  /// A connection, which belongs to nobody yet.
  case accepted(DetachedConnection)
  /// No one is waiting.
  case blocked
  /// No descriptor or no memory is left: the listener must rest before it is asked again.
  case exhausted
}

/// One thing that ``Network/wait(until:into:)`` found to do. Several may be true at once.
public struct NetworkEvent: Sendable {
  /// What the event is about.
  public enum Source: Hashable, Sendable {
    /// A connection can be read, written, or has failed.
    case connection(ConnectionID)
    /// Somebody connects.
    case listener(ListenerID)
    /// A datagram has come.
    case datagram(DatagramID)
  }
  /// What the event is about.
  public var source: Source
  /// A read will not block (it may find the end or a failure).
  public var readable: Bool
  /// A write will not block, or a connect has ended.
  public var writable: Bool
  /// An event about `source`.
  public init(_ source: Source, readable: Bool, writable: Bool) {
    self.source = source
    self.readable = readable
    self.writable = writable
  }
}

/// Sockets, as one worker sees them: non-blocking, told by events which are level-triggered, used on that worker's
/// thread alone. LinuxNet implements it over epoll, a simulator over a virtual network.
///
/// A call with an ID that is closed does nothing and gives `.failed(.local)`, `.blocked`, nil or false. A connection
/// that has failed gives the same failure again, after what came before it has been read.
public protocol Network: AnyObject {
  /// Opens a listening socket. An old Unix socket that nobody serves is replaced.
  func listen(_ address: Address, backlog: Int) throws(NetworkError) -> ListenerID
  /// The address that is really listened on: the port that the system chose where 0 was asked for.
  func address(of listener: ListenerID) -> Address?
  /// Takes one waiting connection.
  func accept(_ listener: ListenerID) -> AcceptResult
  /// Turns the events of a listener on or off.
  func setInterest(_ listener: ListenerID, accept: Bool)
  /// Stops listening.
  func close(_ listener: ListenerID)

  /// Makes an accepted connection this worker's own. It has read interest from the start.
  func adopt(_ connection: DetachedConnection) -> ConnectionID
  /// Closes an accepted connection that nobody will own.
  func discard(_ connection: DetachedConnection)
  /// Begins to connect; a `writable` event tells when ``finishConnect(_:)`` is worth a call. Until then write interest
  /// is all that it has, and reads and writes are blocked. What is known at once is thrown.
  func connect(_ address: Address) throws(NetworkError) -> ConnectionID
  /// `.moved(0)` once connected, `.blocked` while it is not known, or why it failed. Connected, it has read interest
  /// alone, as an adopted connection has.
  func finishConnect(_ connection: ConnectionID) -> IOResult
  /// Reads into the slices, in order, as much as is there.
  func read(_ connection: ConnectionID, into slices: UnsafeBufferPointer<IOSlice>) -> IOResult
  /// Writes the slices, in order, as much as there is room for.
  func write(_ connection: ConnectionID, from slices: UnsafeBufferPointer<IOSlice>) -> IOResult
  /// Bytes that were written and of which the other side's system has not said that they came; nil when that is not known.
  func unacknowledged(_ connection: ConnectionID) -> Int?
  /// Chooses which events of a finished connection are wanted; a failure is an event of each kind that is wanted.
  /// Without `read` the other side is made to wait.
  func setInterest(_ connection: ConnectionID, read: Bool, write: Bool)
  /// Closes: in good order, or at once with a reset.
  func close(_ connection: ConnectionID, abort: Bool)

  /// Opens a socket for datagrams.
  func bindDatagram(_ address: Address) throws(NetworkError) -> DatagramID
  /// The address that is really bound.
  func address(of socket: DatagramID) -> Address?
  /// Sends one datagram of at most ``datagramMax`` bytes; false when it could not be sent now.
  func send(_ bytes: UnsafeRawBufferPointer, to address: Address, on socket: DatagramID) -> Bool
  /// Sends the same datagram to each address; says to how many it could not be sent now.
  func send(_ bytes: UnsafeRawBufferPointer, toAll addresses: [Address], on socket: DatagramID) -> Int
  /// Takes one datagram: its size and sender, or nil when none waits. One that is larger than the buffer is discarded
  /// and the next one taken.
  func receive(into bytes: UnsafeMutableRawBufferPointer, on socket: DatagramID) -> (count: Int, from: Address)?
  /// Takes the datagrams that wait, `most` of them, one after the other; those of more than ``datagramMax`` bytes are discarded. `take` may send
  /// and close, and must not receive.
  func receive(atMost most: Int, on socket: DatagramID, _ take: (UnsafeRawBufferPointer, _ from: Address) -> Void)
  /// Closes a socket for datagrams.
  func close(_ socket: DatagramID)

  /// Waits until something happens, another thread wakes the worker, or `deadline` has come (nil: for ever; an instant
  /// in the past: only looks). Appends what it found to `events`, within the capacity that `events` has; without room
  /// it returns at once. It may also end early for no reason, but not again and again.
  func wait(until deadline: Instant?, into events: inout [NetworkEvent])
  /// Ends the present or the next wait from any thread.
  var waker: any Waker { get }
}

extension Network {
  /// One after the other.
  public func send(_ bytes: UnsafeRawBufferPointer, toAll addresses: [Address], on socket: DatagramID) -> Int {
    addresses.count { unsafe !send(bytes, to: $0, on: socket) }
  }

  /// As often as ``receive(into:on:)`` gives one.
  public func receive(
    atMost most: Int, on socket: DatagramID, _ take: (UnsafeRawBufferPointer, _ from: Address) -> Void
  ) {
    unsafe withUnsafeTemporaryAllocation(byteCount: datagramMax, alignment: 16) { room in
      for _ in 0..<most {
        guard let (count, from) = unsafe receive(into: room, on: socket) else { return }
        unsafe take(UnsafeRawBufferPointer(rebasing: room[..<count]), from)
      }
    }
  }
}

/// The largest datagram that is sent, in bytes: it fits every path's MTU.
public let datagramMax = 1_200

/// Ends another thread's wait.
public protocol Waker: AnyObject, Sendable {
  /// The wait that is under way, or the next one, returns at once.
  func wake()
}
