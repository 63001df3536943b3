import CSys
import Glibc
public import MixNet

/// One level-triggered epoll for all networks of a thread: what a thread waits for on which the workers of several nodes live.
///
/// It belongs to one thread; only its waker may be used from elsewhere. A network keeps its group alive.
public final class EpollGroup {
  /// Tokens below 2^32 are no sockets': two for each network, and the group's own.
  private enum Token {
    static let ofGroup = UInt64(UInt32.max)
    static func waker(of number: Int) -> UInt64 { UInt64(number) << 1 }
    static func signals(of number: Int) -> UInt64 { UInt64(number) << 1 | 1 }
  }
  /// How many events one look takes from the system at most.
  static let turnMax = 256

  let epoll: Int32
  // These are used in every wait and every call, and call nothing of others.
  @exclusivity(unchecked) var table = DescriptorTable()
  /// By number; nil where one is gone. A network dismisses itself before it goes.
  @exclusivity(unchecked) private var networks: [Unmanaged<EpollNetwork>?] = []
  private var ownWaker: EventWaker?
  private let found: UnsafeMutablePointer<sys_event>
  let datagrams = DatagramRoom()

  /// A group without networks; fails when the process has no descriptor left.
  public init() throws(SystemError) {
    epoll = sys_epoll_create()
    guard epoll >= 0 else { throw SystemError(action: "make an epoll", code: -epoll) }
    found = .allocate(capacity: Self.turnMax)
  }

  deinit {
    closeDescriptor(epoll)
    found.deallocate()
  }

  /// What ends the present or the next wait from any thread, and means no network; always the same.
  public func waker() throws(SystemError) -> any Waker {
    if let ownWaker { return ownWaker }
    let made = try EventWaker()
    try watch(made.descriptor, "watch a waker", Token.ofGroup)
    ownWaker = made
    return made
  }

  /// Waits until a network has something to say, a waker is used, or `deadline` has come (an instant in the past: only looks). Appends the
  /// numbers of the networks whose turn it is, some perhaps twice; what finds no room is told by the next wait.
  public func wait(until deadline: Instant, into numbers: inout [Int]) {
    look(until: deadline, max: Self.turnMax) { numbers.append($0) }
  }

  /// Hands what the system tells, `max` things at most, to the networks that it is for.
  func look(until deadline: Instant?, max: Int, ready: (Int) -> Void) {
    var count: Int32
    repeat {
      count = sys_epoll_wait(epoll, found, Int32(min(max, Self.turnMax)), SystemClock.span(until: deadline))
    } while count == -EINTR
    for i in 0..<Swift.max(0, Int(count)) { if let number = hand(found[i]) { ready(number) } }
  }

  /// Gives an event to its network and says which that is, unless nobody is left whom it is for.
  private func hand(_ event: sys_event) -> Int? {
    if let place = table.place(of: event.token) {
      let slot = table[place]
      guard let network = network(slot.owner) else { return nil }
      network.take(event, slot)
      return slot.owner
    }
    if event.token == Token.ofGroup {
      ownWaker?.clear()
      return nil
    }
    let number = Int(event.token >> 1)
    guard event.token <= Token.ofGroup, let network = network(number) else { return nil }
    if event.token == Token.waker(of: number) { network.clearWaker() }
    return number
  }

  private func network(_ number: Int) -> EpollNetwork? {
    networks.indices.contains(number) ? networks[number]?.takeUnretainedValue() : nil
  }

  // MARK: What a network asks for

  /// Takes a network in and gives it its number.
  func admit(_ network: EpollNetwork) -> Int {
    let number = networks.firstIndex { $0 == nil } ?? networks.count
    if number == networks.count { networks.append(nil) }
    networks[number] = .passUnretained(network)
    return number
  }

  /// Forgets a network, whose sockets are closed. A waker may live longer than its network.
  func dismiss(_ number: Int, _ waker: EventWaker, _ signals: Signals?) {
    _ = sys_epoll_remove(epoll, waker.descriptor)
    if let signals { _ = sys_epoll_remove(epoll, signals.descriptor) }
    networks[number] = nil
  }

  func watch(_ waker: EventWaker, of number: Int) throws(SystemError) {
    try watch(waker.descriptor, "watch a waker", Token.waker(of: number))
  }

  func watch(_ signals: Signals, of number: Int) throws(SystemError) {
    try watch(signals.descriptor, "watch signals", Token.signals(of: number))
  }

  private func watch(_ descriptor: Int32, _ action: String, _ token: UInt64) throws(SystemError) {
    let refused = sys_epoll_add(epoll, descriptor, sys_event_in, token)
    guard refused == 0 else { throw SystemError(action: action, code: -refused) }
  }
}

@available(*, unavailable)
extension EpollGroup: Sendable {}
