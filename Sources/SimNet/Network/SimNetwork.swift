public import MixNet

/// The sockets of one reactor of a simulated host.
///
/// It never waits: ``wait(until:into:)`` tells what there is now, and the world moves on between two turns. An accepted
/// connection's handle is known to all networks of its host. Once the host's process has ended, each of its calls does
/// nothing and gives what a closed socket gives.
public final class SimNetwork: Network {
  // Both are there as long as it is not dead; counting references to them would be a tenth of a simulation's time.
  private unowned(unsafe) let itsHost: SimHost
  private unowned(unsafe) let itsWorld: SimWorld
  var host: SimHost {
    precondition(!isDead, "a network whose process has ended has no host")
    return unsafe itsHost
  }
  var world: SimWorld {
    precondition(!isDead, "a network whose process has ended has no world")
    return unsafe itsWorld
  }
  /// The reactor that it belongs to; nil for one that a test waits on.
  let reactor: UInt32?
  /// Its process has ended, or its world: nothing of either may be touched any more.
  private(set) var isDead = false
  var table = SocketTable()
  /// Sockets that may be ready, in the order in which they are told: who was told goes to the end.
  private var listed = Fifo<UInt64>()
  private let simWaker: SimWaker

  init(host: SimHost, world: SimWorld, reactor: UInt32?) {
    unsafe (itsHost, itsWorld) = (host, world)
    self.reactor = reactor
    simWaker = SimWaker(bell: world.bell, reactor: reactor)
  }

  /// Gives the reactor a turn.
  public var waker: any Waker { simWaker }

  /// True once for any number of wakes since the last wait.
  func takeWake() -> Bool { simWaker.take() }

  var isWoken: Bool { simWaker.isSet }

  /// How many sockets are open.
  public var openSockets: Int { table.places.count { table[$0].kind != .vacant } }

  /// Tells what there is now, whatever the deadline, and takes the wakes. ``SimWorld/wait(_:until:into:)`` really waits.
  public func wait(until deadline: Instant?, into events: inout [NetworkEvent]) {
    _ = simWaker.take()
    var room = events.capacity - events.count
    for _ in 0..<listed.count where room > 0 {
      guard let number = listed.popFirst(), let place = table.place(of: number) else { continue }
      guard let event = event(at: place, number) else {
        table[place].isListed = false
        continue
      }
      events.append(event)
      listed.append(number)
      room -= 1
    }
  }

  /// Whether a wait would find anything.
  var isReady: Bool {
    while let number = listed.first {
      if let place = table.place(of: number) {
        if event(at: place, number) != nil { return true }
        table[place].isListed = false
      }
      listed.popFirst()
    }
    return false
  }

  /// Something has happened to a socket: it is told of if it is wanted.
  func changed(_ number: UInt64) {
    guard !isDead, let place = table.place(of: number), !table[place].isListed else { return }
    guard event(at: place, number) != nil else { return }
    table[place].isListed = true
    listed.append(number)
    if let reactor { world.rouse(reactor) }
  }

  /// A socket may have got room for what it wants to write. What it can read was listed when that came.
  func gotRoom(_ number: UInt64) {
    guard !isDead, let place = table.place(of: number), table[place].wantsWrite else { return }
    changed(number)
  }

  private func event(at place: Int, _ number: UInt64) -> NetworkEvent? {
    let (readable, writable) = readiness(at: place)
    guard readable || writable else { return nil }
    let source: NetworkEvent.Source
    switch table[place].kind {
    case .listener: source = .listener(ListenerID(raw: number))
    case .connecting, .connected: source = .connection(ConnectionID(raw: number))
    case .datagram: source = .datagram(DatagramID(raw: number))
    case .vacant: return nil
    }
    return NetworkEvent(source, readable: readable, writable: writable)
  }

  private func readiness(at place: Int) -> (readable: Bool, writable: Bool) {
    let (wantsRead, wantsWrite) = (table[place].wantsRead, table[place].wantsWrite)
    switch table[place].kind {
    case .vacant: return (false, false)
    case .listener: return (wantsRead && !table[place].backlog.isEmpty, false)
    case .datagram: return (wantsRead && !table[place].datagrams.isEmpty, false)
    case .connecting:
      guard let stream = table[place].stream else { return (false, true) }
      let side = table[place].side
      return (false, stream.sides[side].state != .connecting || stream.sides[side].failure != nil)
    case .connected:
      guard let stream = table[place].stream else { return (wantsRead, wantsWrite) }
      let side = table[place].side
      if stream.sides[side].failure != nil { return (wantsRead, wantsWrite) }
      let comes = stream.sides[1 - side].out.readable > 0 || stream.sides[1 - side].out.isEndArrived
      guard wantsWrite else { return (wantsRead && comes, false) }
      // As systems do, room is told of when there is a good piece of it.
      let settings = world.settings.streams
      let room = stream.sides[side].out.room(settings)
      return (wantsRead && comes, room * 3 >= UInt64(max(1, settings.sendBuffer)))
    }
  }

  /// The process ends. What its sockets are connected to is not told here.
  func die() {
    guard !isDead else { return }
    isDead = true
    table = SocketTable()
    listed.removeAll()
  }

  func failure(_ action: String, _ address: Address, _ reason: CloseReason, _ detail: String) -> NetworkError {
    NetworkError(action: action, address: address, reason: reason, detail: detail)
  }

  /// Takes a descriptor for a new socket.
  func takeDescriptor(_ action: String, _ address: Address) throws(NetworkError) {
    guard !isDead else { throw failure(action, address, .local, "The process has ended") }
    guard host.takeDescriptor() else { throw failure(action, address, .exhausted, "Too many open files") }
  }
}

@available(*, unavailable)
extension SimNetwork: Sendable {}
