import CSys
import MixNet
import Synchronization

/// Wakes one ``EpollNetwork`` from any thread, with one system call however often it is woken before it looks.
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

  /// A new epoll that tells of this waker by a token. Whoever asks for it closes it.
  func makeEpoll(token: UInt64) throws(SystemError) -> Int32 {
    let opened = sys_epoll_create()
    guard let made = Descriptor(opened) else { throw SystemError(action: "make an epoll", code: -opened) }
    let refused = sys_epoll_add(made.raw, descriptor, sys_event_in, token)
    guard refused == 0 else { throw SystemError(action: "watch a waker", code: -refused) }
    return made.release()
  }

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
