import MixNet
import Synchronization

/// Lets connections in, for all workers of a node: one lock for each connection that comes or goes.
///
/// When too many are in their handshakes, the one that has been in it for longest gives way to the one that comes: whoever
/// means well is done within a round trip or two, and whoever holds a place for nothing loses it first. Nodes of the network
/// give way to no stranger.
final class Doorkeeper: Sendable {
  /// Somebody who was let in and is in the handshake.
  struct Guest {
    let ticket: UInt64
    /// The worker that has the link.
    let worker: Int
    fileprivate let isExpected: Bool
  }

  private struct State {
    var limits: ConnectionLimits
    var refused = [Int](repeating: 0, count: ConnectionLimits.Refusal.allCases.count)
    /// Those in their handshakes, who came first at the front.
    var guests: [Guest] = []
    var lastTicket: UInt64 = 0
  }
  private let state: Mutex<State>

  init(_ settings: ConnectionLimits.Settings, expected: [Host]) {
    var limits = ConnectionLimits(settings, now: .zero)
    limits.expect(expected)
    state = Mutex(State(limits: limits))
  }

  /// The ticket of a connection that may come in, to `worker`, and who has to give way to it; nil when it may not, and it is
  /// counted why. `memoryPercent` is how much of the memory for packets is in use.
  func enter(
    _ address: Address, worker: Int, memoryPercent: Int, _ now: Instant
  ) -> (ticket: UInt64, evicted: Guest?)? {
    state.withLock { state in
      do throws(ConnectionLimits.Refusal) {
        let isExpected = state.limits.isExpected(address)
        let oldest = state.guests.firstIndex { !$0.isExpected } ?? (isExpected ? state.guests.indices.first : nil)
        let isFull = try state.limits.enter(address, memoryPercent: memoryPercent, mayEvict: oldest != nil, now)
        let evicted = isFull ? oldest.map { state.guests.remove(at: $0) } : nil
        if evicted != nil { state.refused[Int(ConnectionLimits.Refusal.handshakes.rawValue)] += 1 }
        state.lastTicket += 1
        state.guests.append(Guest(ticket: state.lastTicket, worker: worker, isExpected: isExpected))
        return (state.lastTicket, evicted)
      } catch {
        state.refused[Int(error.rawValue)] += 1
        return nil
      }
    }
  }

  /// Other limits and another network from now on; who is in stays in.
  func change(_ settings: ConnectionLimits.Settings, expected: [Host]) {
    state.withLock {
      $0.limits.settings = settings
      $0.limits.expect(expected)
    }
  }

  /// There was no place for one that was let in.
  func turnAway(_ ticket: UInt64, _ address: Address) {
    leave(ticket, address)
    state.withLock { $0.refused[Int(ConnectionLimits.Refusal.all.rawValue)] += 1 }
  }

  /// A handshake has ended well.
  func greeted(_ ticket: UInt64) { state.withLock { if Self.remove(ticket, &$0) { $0.limits.greeted() } } }

  /// One that was let in has gone.
  func leave(_ ticket: UInt64, _ address: Address) {
    state.withLock { state in
      let isGreeting = Self.remove(ticket, &state)
      state.limits.leave(address, whileGreeting: isGreeting)
    }
  }

  /// False when it was not in its handshake any more, or had to give way.
  private static func remove(_ ticket: UInt64, _ state: inout State) -> Bool {
    guard let place = state.guests.firstIndex(where: { $0.ticket == ticket }) else { return false }
    state.guests.remove(at: place)
    return true
  }

  /// How many were refused, by reason; those who had to give way are among them.
  var refused: [(reason: String, count: Int)] {
    let counts = state.withLock { $0.refused }
    return zip(ConnectionLimits.Refusal.allCases, counts).map { ($0.name, $1) }
  }
}
