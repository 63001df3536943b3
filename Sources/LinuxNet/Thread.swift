import CSys
import Glibc

/// A thread of the system, owned by whoever holds this handle.
///
/// It must be joined to know that it has ended. A handle that is dropped leaves the thread running on its own.
public struct Thread: ~Copyable, Sendable {
  private let handle: pthread_t
  /// The size of a thread's stack where nothing is said about it.
  public static let stackBytes = 2 << 20

  /// Starts `body` on a new thread.
  ///
  /// - Parameters:
  ///   - name: what `ps -L` and debuggers show; the system keeps 15 bytes.
  ///   - stackBytes: the size of its stack; the system rounds it up to whole pages, and at least 1 MiB is given.
  ///   - body: what it does; the thread ends when it returns. What `body` holds is released then.
  /// - Throws: when the system gives no thread.
  public init(
    _ name: String, stackBytes: Int = Self.stackBytes, body: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    let pageBytes = 4_096
    pthread_attr_setstacksize(&attributes, (max(stackBytes, 1 << 20) + pageBytes - 1) / pageBytes * pageBytes)
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var handle = pthread_t()
    let refused = pthread_create(&handle, &attributes, runThread, start.toOpaque())
    guard refused == 0 else {
      start.release()
      throw SystemError(action: "start a thread", code: refused)
    }
    self.handle = handle
  }

  deinit { pthread_detach(handle) }

  /// Whether the caller runs on this thread.
  public var isCurrent: Bool { pthread_equal(handle, pthread_self()) != 0 }

  /// Waits until the thread has ended. A thread must not join itself.
  public consuming func join() {
    let ended = handle
    discard self
    pthread_join(ended, nil)
  }
}

/// What a new thread is told.
private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

private func runThread(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let start else { return nil }
  let told = Unmanaged<ThreadStart>.fromOpaque(start).takeRetainedValue()
  sys_name_thread(told.name)
  told.body()
  return nil
}
