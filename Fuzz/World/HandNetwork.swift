import MixNet

/// A network whose other ends are all in the fuzzer's hands: what comes, in which pieces, and how it ends.
final class HandNetwork: Network {
  /// One connection, as its other end sees it.
  final class End {
    let id: ConnectionID
    /// Where the node has connected to; nil for a connection that came in.
    let target: Address?
    var isConnecting: Bool
    var wantsRead = true
    var incoming: [UInt8] = []
    var read = 0
    /// Bytes that one read gives at most at the beginning of what has come; later it gives more.
    var piece = 1 << 20
    var end: IOResult?
    /// What the node has written, as far as it is kept.
    var written: [UInt8] = []

    init(id: ConnectionID, target: Address?) {
      self.id = id
      self.target = target
      isConnecting = target != nil
    }
  }

  private var doors: [(listener: ListenerID, address: Address, waiting: [DetachedConnection])] = []
  /// The open connections, in the order in which they were made.
  private(set) var ends: [End] = []
  private var last: UInt64 = 0
  let waker: any Waker = NoWaker()

  private static let writtenMax = 4_096

  // MARK: The fuzzer's side

  /// Somebody connects to an address that is listened on; the connection is there once the node has taken it.
  func arrive(at address: Address) {
    last += 1
    guard let door = doors.firstIndex(where: { $0.address == address }) else {
      fatalError("nobody listens at \(address)")
    }
    doors[door].waiting.append(DetachedConnection(handle: Int64(last), peer: .loopback(port: 50_000)))
  }

  /// The open connection that the node has made to an address.
  func end(to address: Address) -> End? { ends.last { $0.target == address } }
  /// The last connection that has come in.
  var arrived: End? { ends.last { $0.target == nil } }

  // MARK: Network

  func listen(_ address: Address, backlog: Int) throws(NetworkError) -> ListenerID {
    last += 1
    doors.append((ListenerID(raw: last), address, []))
    return ListenerID(raw: last)
  }
  func address(of listener: ListenerID) -> Address? { doors.first { $0.listener == listener }?.address }
  func accept(_ listener: ListenerID) -> AcceptResult {
    guard let door = doors.firstIndex(where: { $0.listener == listener }), !doors[door].waiting.isEmpty else {
      return .blocked
    }
    return .accepted(doors[door].waiting.removeFirst())
  }
  func setInterest(_ listener: ListenerID, accept: Bool) {}
  func close(_ listener: ListenerID) { doors.removeAll { $0.listener == listener } }

  func adopt(_ connection: DetachedConnection) -> ConnectionID {
    let end = End(id: ConnectionID(raw: UInt64(connection.handle)), target: nil)
    ends.append(end)
    return end.id
  }
  func discard(_ connection: DetachedConnection) {}
  func connect(_ address: Address) throws(NetworkError) -> ConnectionID {
    last += 1
    ends.append(End(id: ConnectionID(raw: last), target: address))
    return ConnectionID(raw: last)
  }
  func finishConnect(_ connection: ConnectionID) -> IOResult {
    guard let end = find(connection) else { return .failed(.local) }
    end.isConnecting = false
    return .moved(0)
  }

  func read(_ connection: ConnectionID, into slices: UnsafeBufferPointer<IOSlice>) -> IOResult {
    guard let end = find(connection), !end.isConnecting else { return .failed(.local) }
    var moved = 0
    let piece = end.read < 16 ? end.piece : 64 * end.piece
    for i in 0..<slices.count {
      let slice = unsafe slices[i]
      let count = unsafe min(slice.count, end.incoming.count - end.read, piece - moved)
      guard count > 0 else { continue }
      unsafe end.incoming.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        unsafe slice.base.copyMemory(from: base + end.read, byteCount: count)
      }
      end.read += count
      moved += count
    }
    return moved > 0 ? .moved(moved) : end.read < end.incoming.count ? .blocked : end.end ?? .blocked
  }

  func write(_ connection: ConnectionID, from slices: UnsafeBufferPointer<IOSlice>) -> IOResult {
    guard let end = find(connection), !end.isConnecting else { return .failed(.local) }
    var moved = 0
    for i in 0..<slices.count {
      let slice = unsafe slices[i]
      let bytes = unsafe UnsafeRawBufferPointer(start: slice.base, count: slice.count)
      unsafe end.written.append(contentsOf: bytes.prefix(max(0, Self.writtenMax - end.written.count)))
      moved += unsafe slice.count
    }
    return moved > 0 ? .moved(moved) : .blocked
  }

  func unacknowledged(_ connection: ConnectionID) -> Int? { find(connection) == nil ? nil : 0 }
  func setInterest(_ connection: ConnectionID, read: Bool, write: Bool) { find(connection)?.wantsRead = read }
  func close(_ connection: ConnectionID, abort: Bool) { ends.removeAll { $0.id == connection } }

  private func find(_ connection: ConnectionID) -> End? { ends.first { $0.id == connection } }

  /// Whether a wait would find anything.
  var hasEvents: Bool {
    for door in doors where !door.waiting.isEmpty { return true }
    for end in ends where end.isConnecting || end.wantsRead && (end.read < end.incoming.count || end.end != nil) {
      return true
    }
    return false
  }

  func wait(until deadline: Instant?, into events: inout [NetworkEvent]) {
    for door in doors where !door.waiting.isEmpty {
      events.append(NetworkEvent(.listener(door.listener), readable: true, writable: false))
    }
    for end in ends {
      let hasSome = end.read < end.incoming.count || end.end != nil
      let readable = !end.isConnecting && end.wantsRead && hasSome
      if readable || end.isConnecting {
        events.append(NetworkEvent(.connection(end.id), readable: readable, writable: end.isConnecting))
      }
    }
  }

  // MARK: Datagrams: none of these nodes has any

  func bindDatagram(_ address: Address) throws(NetworkError) -> DatagramID { DatagramID(raw: 0) }
  func address(of socket: DatagramID) -> Address? { nil }
  func send(_ bytes: UnsafeRawBufferPointer, to address: Address, on socket: DatagramID) -> Bool { false }
  func receive(
    into bytes: UnsafeMutableRawBufferPointer, on socket: DatagramID
  ) -> (count: Int, from: Address)? { nil }
  func close(_ socket: DatagramID) {}
}

private final class NoWaker: Waker { func wake() {} }

/// A clock that stands until it is set.
final class HandClock: Clock {
  var now = Instant(ns: 1_000_000_000)
  var wall: WallTime { WallTime(ns: 1_750_000_000_000_000_000 + Int64(clamping: min(now.ns, 1 << 62))) }
}

/// Jobs that fail at once: these nodes store nothing.
final class NoStorage: Storage {
  func submit(_ job: StorageJob, done: @escaping @Sendable (StorageResult) -> Void) -> Bool { false }
}

/// Randomness that is the same in every run.
final class HandEntropy: Entropy {
  func fill(_ bytes: inout MutableSpan<UInt8>) { for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: i) } }
}
