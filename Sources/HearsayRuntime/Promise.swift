import Synchronization

/// Why something that a facade was asked for did not come to be.
package protocol FacadeError: Error, Sendable {
  /// The task that asked was cancelled.
  static var cancelled: Self { get }
  /// The node has been closed.
  static var closed: Self { get }
  /// The settings, or the system, do not allow it: a sentence for the operator.
  static func cannotStart(_ sentence: String) -> Self
}

/// What a task waits for and a node's thread gives: once, or not at all because the task was cancelled before.
package final class Promise<Value: Sendable, Failure: FacadeError>: Sendable {
  private enum Phase {
    case pending
    /// The node is about to give it; a cancel now comes too late, unless the node takes back what it began.
    case claimed(isCancelled: Bool)
    case over(Result<Value, Failure>)
  }
  private struct State {
    var phase = Phase.pending
    var waiter: CheckedContinuation<Result<Value, Failure>, Never>?
  }
  private let state = Mutex(State())

  package init() {}

  /// Waits; a cancelled task waits no longer.
  package func wait() async -> Result<Value, Failure> {
    await withTaskCancellationHandler {
      await waitToTheEnd()
    } onCancel: {
      cancel()
    }
  }

  /// Waits, whatever becomes of the task: for what the node gives at once.
  package func waitToTheEnd() async -> Result<Value, Failure> {
    await withCheckedContinuation { waiter in
      let result = state.withLock { state -> Result<Value, Failure>? in
        if case .over(let result) = state.phase { return result }
        state.waiter = waiter
        return nil
      }
      if let result { waiter.resume(returning: result) }
    }
  }

  /// True when nobody waits any more.
  package var isOver: Bool { state.withLock { if case .over = $0.phase { true } else { false } } }

  /// Says that it will be given now; false when nobody waits any more.
  package func claim() -> Bool {
    state.withLock { state in
      guard case .pending = state.phase else { return false }
      state.phase = .claimed(isCancelled: false)
      return true
    }
  }

  /// It was claimed, but cannot be given yet.
  package func unclaim() {
    let isCancelled = state.withLock { state in
      guard case .claimed(let isCancelled) = state.phase else { return false }
      state.phase = .pending
      return isCancelled
    }
    if isCancelled { cancel() }
  }

  /// Gives it, or says why not; the first one counts.
  package func settle(_ result: Result<Value, Failure>) {
    let waiter = state.withLock { state -> CheckedContinuation<Result<Value, Failure>, Never>? in
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
