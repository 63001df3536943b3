import Glibc
import MixNet

/// A bounded queue with one taker, who sleeps while it is empty.
final class JobQueue<Entry: Sendable>: @unchecked Sendable {
  // Guarded by the lock.
  private var ring: [Entry?]
  private var first = 0
  private var count = 0
  private var isClosed = false
  /// The system's lock and condition must not move, so they have a place of their own.
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let isReady = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// A queue for at most `capacity` entries.
  init(capacity: Int) {
    ring = Array(repeating: nil, count: max(1, capacity))
    pthread_mutex_init(lock, nil)
    // A jump of the wall clock must not lengthen a wait.
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(isReady, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(isReady)
    pthread_mutex_destroy(lock)
    isReady.deallocate()
    lock.deallocate()
  }

  /// Adds an entry; false when the queue is full or closed.
  func push(_ entry: Entry) -> Bool {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    guard !isClosed, count < ring.count else { return false }
    ring[(first + count) % ring.count] = entry
    count += 1
    pthread_cond_signal(isReady)
    return true
  }

  /// Waits for the oldest entry; nil once the queue is closed and empty.
  func pop() -> Entry? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while count == 0 {
      if isClosed { return nil }
      pthread_cond_wait(isReady, lock)
    }
    return takeFirst()
  }

  /// Waits for entries until `deadline`, and appends those that are there, the oldest first, at most `limit`.
  ///
  /// - Returns: false once the queue is closed and empty.
  func pop(into taken: inout [Entry], limit: Int, until deadline: Instant) -> Bool {
    var time = timespec(tv_sec: Int(deadline.ns / 1_000_000_000), tv_nsec: Int(deadline.ns % 1_000_000_000))
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while count == 0 {
      if isClosed { return false }
      if pthread_cond_timedwait(isReady, lock, &time) != 0 { break }
    }
    for _ in 0..<min(count, limit) { if let entry = takeFirst() { taken.append(entry) } }
    return true
  }

  /// The lock is held.
  private func takeFirst() -> Entry? {
    guard count > 0 else { return nil }
    defer {
      ring[first] = nil
      first = (first + 1) % ring.count
      count -= 1
    }
    return ring[first]
  }

  /// Takes no more entries.
  func close() {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    isClosed = true
    pthread_cond_signal(isReady)
  }
}
