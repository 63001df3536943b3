import MixNet
import Synchronization

/// Lets connections in, for all workers of a node: one lock for each connection that comes or goes.
final class Doorkeeper: Sendable {
  private struct State {
    var limits: ConnectionLimits
    var refused = [Int](repeating: 0, count: ConnectionLimits.Refusal.allCases.count)
  }
  private let state: Mutex<State>

  init(_ settings: ConnectionLimits.Settings) {
    state = Mutex(State(limits: ConnectionLimits(settings, now: .zero)))
  }

  /// True when the connection may come in; else it is counted why not.
  /// `memoryPercent` is how much of the memory for packets is in use.
  func enter(_ address: Address, memoryPercent: Int, _ now: Instant) -> Bool {
    state.withLock { state in
      do throws(ConnectionLimits.Refusal) {
        try state.limits.enter(address, memoryPercent: memoryPercent, now)
        return true
      } catch {
        state.refused[Int(error.rawValue)] += 1
        return false
      }
    }
  }

  /// Other limits from now on; who is in stays in.
  func change(_ settings: ConnectionLimits.Settings) { state.withLock { $0.limits.settings = settings } }

  /// There was no place for one that was let in.
  func turnAway(_ address: Address) {
    state.withLock { state in
      state.limits.leave(address, whileGreeting: true)
      state.refused[Int(ConnectionLimits.Refusal.all.rawValue)] += 1
    }
  }

  /// A handshake has ended well.
  func greeted() { state.withLock { $0.limits.greeted() } }

  /// One that was let in has gone.
  func leave(_ address: Address, whileGreeting: Bool) {
    state.withLock { $0.limits.leave(address, whileGreeting: whileGreeting) }
  }

  /// How many were refused, by reason.
  var refused: [(reason: String, count: Int)] {
    let counts = state.withLock { $0.refused }
    return zip(ConnectionLimits.Refusal.allCases, counts).map { ($0.name, $1) }
  }
}
