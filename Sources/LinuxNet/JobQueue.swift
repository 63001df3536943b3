import Glibc
import MixNet
import Synchronization

/// A bounded queue with one taker, who sleeps while it is empty.
final class JobQueue: @unchecked Sendable {
  typealias Entry = (job: StorageJob, done: @Sendable (StorageResult) -> Void)

  private struct State {
    var ring: [Entry?]
    var first = 0
    var count = 0
    var isClosed = false
  }
  private let state: Mutex<State>
  /// Counts the entries, and one more for the close. It must not move, so it has a place of its own.
  private let ready: UnsafeMutablePointer<sem_t>

  /// A queue for at most `capacity` entries.
  init(capacity: Int) {
    state = Mutex(State(ring: Array(repeating: nil, count: max(1, capacity))))
    ready = .allocate(capacity: 1)
    sem_init(ready, 0, 0)
  }

  deinit {
    sem_destroy(ready)
    ready.deallocate()
  }

  /// Adds an entry; false when the queue is full or closed.
  func push(_ entry: Entry) -> Bool {
    let isTaken = state.withLock { state in
      guard !state.isClosed, state.count < state.ring.count else { return false }
      state.ring[(state.first + state.count) % state.ring.count] = entry
      state.count += 1
      return true
    }
    if isTaken { sem_post(ready) }
    return isTaken
  }

  /// Waits for the oldest entry; nil once the queue is closed and empty.
  func pop() -> Entry? {
    while sem_wait(ready) != 0 {}
    return state.withLock { state in
      guard state.count > 0 else { return nil }
      defer {
        state.ring[state.first] = nil
        state.first = (state.first + 1) % state.ring.count
        state.count -= 1
      }
      return state.ring[state.first]
    }
  }

  /// Takes no more entries.
  func close() {
    let isNew = state.withLock { state in
      defer { state.isClosed = true }
      return !state.isClosed
    }
    if isNew { sem_post(ready) }
  }
}
