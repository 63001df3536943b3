import CSys
import Glibc
public import MixNet

/// The sockets of one worker, over a level-triggered epoll.
///
/// It is made on the thread that uses it, or before that thread has started, and belongs to it alone; only its waker may
/// be used from elsewhere. Calls with an ID that was closed do nothing and give `.failed(.local)`, nil or false. An
/// accepted connection's handle is its descriptor, so any network of the process can adopt it. IPv6 sockets take IPv6
/// alone. Closing the network closes its sockets in good order and removes its Unix socket files.
public final class EpollNetwork: Network {
  /// The tokens of descriptors that are no sockets; see ``DescriptorTable``.
  private static let wakerToken: UInt64 = 0
  private static let signalsToken: UInt64 = 1
  /// How many events one wait takes from the system at most.
  private static let turnMax = 256

  // Both are used in every wait and every call, and call nothing of others.
  @exclusivity(unchecked) var table = DescriptorTable()
  /// Connections that could not be watched: they have no descriptor, so their events are made here.
  @exclusivity(unchecked) var unwatched: [UInt64] = []
  /// The files of Unix listeners, by number.
  var files: [(number: UInt64, file: UnixSocketFile)] = []
  /// A descriptor kept back for the time when there is no other; -1 while there is none.
  var reserve: Int32 = -1
  /// Readable while something waits to be told, but for what ``hasUnwatched`` says, so that a thread can watch several networks.
  let epoll: Int32
  private let eventWaker: EventWaker
  private let found: UnsafeMutablePointer<sys_event>
  private var signals: Signals?

  /// A network with no sockets; fails when the process has no descriptor left.
  public init() throws(SystemError) {
    eventWaker = try EventWaker()
    epoll = try eventWaker.makeEpoll(token: Self.wakerToken)
    found = .allocate(capacity: Self.turnMax)
  }

  deinit {
    // A socket's file first: once nobody serves it, it may be another's.
    for entry in files { entry.file.remove() }
    for place in 0..<table.count where table[place].descriptor >= 0 { closeDescriptor(table[place].descriptor) }
    if reserve >= 0 { closeDescriptor(reserve) }
    closeDescriptor(epoll)
    found.deallocate()
  }

  /// Ends the present or the next wait from any thread.
  public var waker: any Waker { eventWaker }

  /// Makes each wait end at once while a signal waits to be taken from `signals`, so that one thread serves sockets and
  /// signals in one loop. The network keeps `signals` alive. At most one set of signals can be watched.
  public func watch(_ signals: Signals) throws(SystemError) {
    let refused = sys_epoll_add(epoll, signals.descriptor, sys_event_in, Self.signalsToken)
    guard refused == 0 else { throw SystemError(action: "watch signals", code: -refused) }
    self.signals = signals
  }

  /// Whether a wait would find something that no descriptor tells.
  public var hasUnwatched: Bool { !unwatched.isEmpty }

  /// Waits as ``Network`` says, to the nanosecond where the kernel can (5.11), otherwise to the next millisecond.
  public func wait(until deadline: Instant?, into events: inout [NetworkEvent]) {
    var room = min(events.capacity - events.count, Self.turnMax)
    guard room > 0 else { return }
    for number in unwatched where room > 0 {
      events.append(NetworkEvent(.connection(ConnectionID(raw: number)), readable: true, writable: true))
      room -= 1
    }
    guard room > 0 else { return }
    var count: Int32
    repeat {
      count = sys_epoll_wait(epoll, found, Int32(room), unwatched.isEmpty ? SystemClock.span(until: deadline) : 0)
    } while count == -EINTR
    for i in 0..<max(0, Int(count)) { append(found[i], to: &events) }
  }

  /// Tells what one event of the system means, unless it is for a socket that is closed or wants nothing.
  private func append(_ event: sys_event, to events: inout [NetworkEvent]) {
    let number = event.token
    guard let place = table.place(of: number) else {
      if number == Self.wakerToken { eventWaker.clear() }
      return
    }
    let slot = table[place]
    // A failure or a hang-up is found out by reading or writing, whichever the owner wants.
    let broken = event.events & (sys_event_error | sys_event_hangup) != 0
    let readable = slot.wantsRead && (broken || event.events & sys_event_in != 0)
    let writable = slot.wantsWrite && (broken || event.events & sys_event_out != 0)
    guard readable || writable else { return }
    let source: NetworkEvent.Source? =
      switch slot.kind {
      case .connecting, .connected: .connection(ConnectionID(raw: number))
      case .listener: .listener(ListenerID(raw: number))
      case .datagram: .datagram(DatagramID(raw: number))
      case .vacant: nil
      }
    if let source { events.append(NetworkEvent(source, readable: readable, writable: writable)) }
  }

  /// Starts to watch the socket at `place` for reading or writing; gives an errno, or 0.
  func watch(_ place: Int, read: Bool, write: Bool) -> Int32 {
    table[place].wantsRead = read
    table[place].wantsWrite = write
    return -sys_epoll_add(
      epoll, table[place].descriptor, Self.wanted(read, write), table.number(at: place))
  }

  /// Chooses anew what the socket at `place` is watched for. It cannot fail, since nothing is allocated for it.
  func rewatch(_ place: Int, read: Bool, write: Bool) {
    guard table[place].wantsRead != read || table[place].wantsWrite != write else { return }
    table[place].wantsRead = read
    table[place].wantsWrite = write
    guard table[place].descriptor >= 0 else { return }
    _ = sys_epoll_change(
      epoll, table[place].descriptor, Self.wanted(read, write), table.number(at: place))
  }

  /// Stops to watch a socket before it is closed: a child process that has not yet called exec may hold it open.
  func unwatch(_ descriptor: Int32) {
    _ = sys_epoll_remove(epoll, descriptor)
  }

  /// Failures and hang-ups are reported whether they are wanted or not, and with a level trigger without end. So a
  /// socket that wants nothing is watched by edge: it then says so once, at most.
  private static func wanted(_ read: Bool, _ write: Bool) -> UInt32 {
    guard read || write else { return sys_event_by_edge }
    return (read ? sys_event_in : 0) | (write ? sys_event_out : 0)
  }
}

@available(*, unavailable)
extension EpollNetwork: Sendable {}
