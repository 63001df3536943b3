import CSys
import MixNet
import Synchronization

/// Wakes who waits at an ``EpollGroup`` from any thread, with one system call however often it is woken before it looks.
///
/// The descriptor lives as long as somebody could still wake, so a late wake never hits another file.
final class EventWaker: Waker {
  let descriptor: Int32
  private let isRaised = Atomic<Bool>(false)

  init() throws(SystemError) {
    descriptor = sys_eventfd()
    guard descriptor >= 0 else { throw SystemError(action: "make a waker", code: -descriptor) }
  }

  deinit { closeDescriptor(descriptor) }

  func wake() {
    // The exchange also hands over what was posted before it.
    if !isRaised.exchange(true, ordering: .acquiringAndReleasing) { sys_eventfd_raise(descriptor) }
  }

  /// The descriptor was found readable: every wake up to now is answered by the look that follows. One that comes between the two lines
  /// raises nothing, and is answered by the same look.
  func clear() {
    sys_eventfd_clear(descriptor)
    _ = isRaised.exchange(false, ordering: .acquiringAndReleasing)
  }
}
