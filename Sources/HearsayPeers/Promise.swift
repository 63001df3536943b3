import Synchronization

/// What a task waits for and a node's thread gives: once, or not at all because the task was cancelled before.
final class Promise<Value: Sendable>: Sendable {
  private enum Phase {
    case pending
    /// The node is about to give it; a cancel now comes too late, unless the node takes back what it began.
    case claimed(isCancelled: Bool)
    case over(Result<Value, PeerError>)
  }
  private struct State {
    var phase = Phase.pending
    var waiter: CheckedContinuation<Result<Value, PeerError>, Never>?
  }
  private let state = Mutex(State())

  /// Waits; a cancelled task waits no longer.
  func wait() async -> Result<Value, PeerError> {
    await withTaskCancellationHandler {
      await waitToTheEnd()
    } onCancel: {
      cancel()
    }
  }

  /// Waits, whatever becomes of the task: for what the node gives at once.
  func waitToTheEnd() async -> Result<Value, PeerError> {
    await withCheckedContinuation { waiter in
      let result = state.withLock { state -> Result<Value, PeerError>? in
        if case .over(let result) = state.phase { return result }
        state.waiter = waiter
        return nil
      }
      if let result { waiter.resume(returning: result) }
    }
  }

  /// True when nobody waits any more.
  var isOver: Bool { state.withLock { if case .over = $0.phase { true } else { false } } }

  /// Says that it will be given now; false when nobody waits any more.
  func claim() -> Bool {
    state.withLock { state in
      guard case .pending = state.phase else { return false }
      state.phase = .claimed(isCancelled: false)
      return true
    }
  }

  /// It was claimed, but cannot be given yet.
  func unclaim() {
    let isCancelled = state.withLock { state in
      guard case .claimed(let isCancelled) = state.phase else { return false }
      state.phase = .pending
      return isCancelled
    }
    if isCancelled { cancel() }
  }

  /// Gives it, or says why not; the first one counts.
  func settle(_ result: Result<Value, PeerError>) {
    let waiter = state.withLock { state -> CheckedContinuation<Result<Value, PeerError>, Never>? in
      if case .over = state.phase { return nil }
      state.phase = .over(result)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: result)
  }

  private func cancel() {
    let isTooLate = state.withLock { state in
      guard case .claimed = state.phase else { return false }
      state.phase = .claimed(isCancelled: true)
      return true
    }
    if !isTooLate { settle(.failure(.cancelled)) }
  }
}

/// A promise of whatever kind that comes to nothing.
protocol Breakable: AnyObject, Sendable {
  func fail(_ error: PeerError)
}

extension Promise: Breakable {
  func fail(_ error: PeerError) { settle(.failure(error)) }
}
