import CSys
import Glibc
public import MixNet

/// Tells which of several ``EpollNetwork``s have something to say: what a thread waits for on which the workers of several nodes live.
///
/// It belongs to one thread; only its waker may be used from elsewhere.
public final class EpollGroup {
  private static let wakerToken = UInt64.max
  private static let turnMax = 64

  private let epoll: Int32
  private let eventWaker: EventWaker
  private let found: UnsafeMutablePointer<sys_event>

  /// A group without networks; fails when the process has no descriptor left.
  public init() throws(SystemError) {
    eventWaker = try EventWaker()
    epoll = try eventWaker.makeEpoll(token: Self.wakerToken)
    found = .allocate(capacity: Self.turnMax)
  }

  deinit {
    closeDescriptor(epoll)
    found.deallocate()
  }

  /// Ends the present or the next wait from any thread.
  public var waker: any Waker { eventWaker }

  /// Begins to watch a network under a number. A network that goes is forgotten by itself, or, where a child process still holds it, told of for
  /// nothing until that has called exec.
  public func add(_ network: EpollNetwork, number: Int) throws(SystemError) {
    let refused = sys_epoll_add(epoll, network.epoll, sys_event_in, UInt64(number))
    guard refused == 0 else { throw SystemError(action: "watch a network", code: -refused) }
  }

  /// Waits until a network has something to say, the waker is used, or `deadline` has come (an instant in the past: only looks). Appends the
  /// numbers of the networks; those that find no room are told by the next wait.
  public func wait(until deadline: Instant, into numbers: inout [Int]) {
    var count: Int32
    repeat {
      count = sys_epoll_wait(epoll, found, Int32(Self.turnMax), SystemClock.span(until: deadline))
    } while count == -EINTR
    for i in 0..<max(0, Int(count)) {
      if found[i].token == Self.wakerToken { eventWaker.clear() } else { numbers.append(Int(found[i].token)) }
    }
  }
}

@available(*, unavailable)
extension EpollGroup: Sendable {}
