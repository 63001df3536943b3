import Gossip
import HearsayRuntime
import Synchronization

/// What waits for a reader, within a bound: the oldest give way, and the next message says how many. The node's thread fills it and never waits.
final class MessageBuffer: GossipReader {
  typealias Waiter = Promise<ClusterMessage?, ClusterError>

  private struct State {
    var messages: [ClusterMessage] = []
    /// The first that waits.
    var first = 0
    var bytes = 0
    var lost: UInt64 = 0
    var waiters: [Waiter] = []
    var isOver = false

    mutating func pop() -> ClusterMessage? {
      guard first < messages.count else { return nil }
      let message = messages[first]
      first += 1
      bytes -= message.size
      if first > 64, first * 2 > messages.count || first == messages.count {
        messages.removeFirst(first)
        first = 0
      }
      return message
    }

    /// The next for the reader.
    mutating func next() -> ClusterMessage? {
      var message = pop()
      if message != nil {
        message?.lostBefore = lost
        lost = 0
      }
      return message
    }
  }

  private let state = Mutex(State())
  private let bytesMax: Int

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  // MARK: On the node's thread

  func take(_ message: GossipMessage) -> Bool {
    let message = ClusterMessage(message)
    var settled: (waiter: Waiter, message: ClusterMessage)?
    let hasRoom = state.withLock { state -> Bool in
      guard !state.isOver else { return true }
      state.messages.append(message)
      state.bytes += message.size
      var hasRoom = true
      while state.bytes > bytesMax, state.messages.count - state.first > 1 {
        _ = state.pop()
        state.lost += 1
        hasRoom = false
      }
      // Whoever was cancelled meanwhile takes nothing away.
      while !state.waiters.isEmpty {
        let waiter = state.waiters.removeFirst()
        guard waiter.claim() else { continue }
        if let next = state.next() { settled = (waiter, next) }
        break
      }
      return hasRoom
    }
    if let settled { settled.waiter.settle(.success(settled.message)) }
    return hasRoom
  }

  /// Nothing comes any more; what waits can still be read.
  func end() {
    let waiters = state.withLock { state in
      state.isOver = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.settle(.success(nil)) }
  }

  // MARK: On any

  /// The next message; nil when nothing comes any more, and for a task that is cancelled.
  func next() async -> ClusterMessage? {
    let waiter = Waiter()
    let now = state.withLock { state -> ClusterMessage?? in
      if let message = state.next() { return message }
      if state.isOver { return .some(nil) }
      state.waiters.removeAll { $0.isOver }
      state.waiters.append(waiter)
      return nil
    }
    if let now { return now }
    guard case .success(let message) = await waiter.wait() else { return nil }
    return message
  }
}
