import CSys
import Glibc
public import MixNet

/// The sockets of one worker, over a level-triggered epoll.
///
/// It is made on the thread that uses it, or before that thread has started, belongs to it alone and ends there; only its waker may
/// be used from elsewhere. Calls with an ID that was closed do nothing and give `.failed(.local)`, nil or false. An
/// accepted connection's handle is its descriptor, so any network of the process can adopt it. IPv6 sockets take IPv6
/// alone. Closing the network closes its sockets in good order and removes its Unix socket files.
public final class EpollNetwork: Network {
  // These are used in every wait and every call, and call nothing of others.
  /// What its group has found and it has not told yet.
  @exclusivity(unchecked) private var found: [NetworkEvent] = []
  /// Connections that could not be watched: they have no descriptor, so their events are made here.
  @exclusivity(unchecked) var unwatched: [UInt64] = []
  /// The files of Unix listeners, by number.
  var files: [(number: UInt64, file: UnixSocketFile)] = []
  /// A descriptor kept back for the time when there is no other; -1 while there is none.
  var reserve: Int32 = -1
  let group: EpollGroup
  /// Its number in the group, which a later network may get once this one is gone.
  @exclusivity(unchecked) public private(set) var member = 0
  private let isAlone: Bool
  private let eventWaker: EventWaker
  private var signals: Signals?

  /// A network with no sockets, alone on its thread; fails when the process has no descriptor left.
  public convenience init() throws(SystemError) { try self.init(group: EpollGroup(), isAlone: true) }

  /// A network that shares its thread with others. It tells what its group has found for it: its own wait neither waits nor looks.
  public convenience init(in group: EpollGroup) throws(SystemError) { try self.init(group: group, isAlone: false) }

  private init(group: EpollGroup, isAlone: Bool) throws(SystemError) {
    self.group = group
    self.isAlone = isAlone
    eventWaker = try EventWaker()
    member = group.admit(self)
    try group.watch(eventWaker, of: member)
  }

  deinit {
    // A socket's file first: once nobody serves it, it may be another's.
    for entry in files { entry.file.remove() }
    for place in 0..<table.count where table[place].kind != .vacant && table[place].owner == member {
      closeSocket(at: place)
    }
    if reserve >= 0 { closeDescriptor(reserve) }
    group.dismiss(member, eventWaker, signals)
  }

  var table: DescriptorTable {
    _read { yield group.table }
    _modify { yield &group.table }
  }

  /// The place of a number, if the socket is this network's.
  func place(of number: UInt64) -> Int? {
    guard let place = table.place(of: number), table[place].owner == member else { return nil }
    return place
  }

  /// The same, if it is of this kind.
  func place(of number: UInt64, _ kind: SocketSlot.Kind) -> Int? {
    guard let place = place(of: number), table[place].kind == kind else { return nil }
    return place
  }

  /// Ends the present or the next wait from any thread.
  public var waker: any Waker { eventWaker }

  /// Makes each wait end at once while a signal waits to be taken from `signals`, so that one thread serves sockets and
  /// signals in one loop. The network keeps `signals` alive. At most one set of signals can be watched.
  public func watch(_ signals: Signals) throws(SystemError) {
    try group.watch(signals, of: member)
    self.signals = signals
  }

  /// Whether a wait would find something that no descriptor tells.
  public var hasUnwatched: Bool { !unwatched.isEmpty }

  /// Waits as ``Network`` says, to the nanosecond where the kernel can (5.11), otherwise to the next millisecond.
  public func wait(until deadline: Instant?, into events: inout [NetworkEvent]) {
    var room = events.capacity - events.count
    guard room > 0 else { return }
    for number in unwatched where room > 0 {
      events.append(NetworkEvent(.connection(ConnectionID(raw: number)), readable: true, writable: true))
      room -= 1
    }
    guard room > 0 else { return }
    if isAlone { group.look(until: unwatched.isEmpty ? deadline : .zero, max: room) { _ in } }
    events.append(contentsOf: found.prefix(room))
    if found.count <= room { found.removeAll(keepingCapacity: true) } else { found.removeFirst(room) }
  }

  /// Its waker has been used.
  func clearWaker() { eventWaker.clear() }

  /// Keeps what one event of the system means for one of its sockets, unless that wants nothing.
  func take(_ event: sys_event, _ slot: SocketSlot) {
    // The next look finds it again.
    guard found.count < EpollGroup.turnMax else { return }
    let number = event.token
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
    if let source { found.append(NetworkEvent(source, readable: readable, writable: writable)) }
  }

  /// Starts to watch the socket at `place` for reading or writing; gives an errno, or 0.
  func watch(_ place: Int, read: Bool, write: Bool) -> Int32 {
    table[place].wantsRead = read
    table[place].wantsWrite = write
    return -sys_epoll_add(
      group.epoll, table[place].descriptor, Self.wanted(read, write), table.number(at: place))
  }

  /// Chooses anew what the socket at `place` is watched for. It cannot fail, since nothing is allocated for it.
  func rewatch(_ place: Int, read: Bool, write: Bool) {
    guard table[place].wantsRead != read || table[place].wantsWrite != write else { return }
    table[place].wantsRead = read
    table[place].wantsWrite = write
    guard table[place].descriptor >= 0 else { return }
    _ = sys_epoll_change(
      group.epoll, table[place].descriptor, Self.wanted(read, write), table.number(at: place))
  }

  /// Stops to watch a socket before it is closed: a child process that has not yet called exec may hold it open.
  func unwatch(_ descriptor: Int32) {
    _ = sys_epoll_remove(group.epoll, descriptor)
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
