import CSys
import MixNet
import Synchronization

/// Wakes one ``EpollNetwork`` from any thread, with a system call only when its worker really sleeps.
///
/// The worker says that it goes to sleep before it does; who wakes it looks at that word first. The descriptor lives as
/// long as somebody could still wake, so a late wake never hits another file.
final class EventWaker: Waker {
  private static let awake: UInt8 = 0
  private static let asleep: UInt8 = 1
  private static let woken: UInt8 = 2

  let descriptor: Int32
  private let state = Atomic<UInt8>(EventWaker.awake)

  init() throws(SystemError) {
    descriptor = sys_eventfd()
    guard descriptor >= 0 else { throw SystemError(action: "make a waker", code: -descriptor) }
  }

  deinit { closeDescriptor(descriptor) }

  func wake() {
    // The exchange also hands over what was posted before it.
    if state.exchange(Self.woken, ordering: .acquiringAndReleasing) == Self.asleep { sys_eventfd_raise(descriptor) }
  }

  /// The worker is about to wait; false when it was woken meanwhile and must not.
  func fallAsleep() -> Bool {
    state.compareExchange(expected: Self.awake, desired: Self.asleep, ordering: .acquiringAndReleasing).exchanged
  }

  /// The wait is over, and every wake up to now has been answered by it.
  ///
  /// A wake that found the worker asleep may raise the descriptor after this. Then the next wait ends early for nothing,
  /// which costs a turn; no wake is lost, because only this word says whether one is due.
  func riseAgain() { _ = state.exchange(Self.awake, ordering: .acquiringAndReleasing) }

  /// The descriptor was found readable.
  func clear() { sys_eventfd_clear(descriptor) }
}
