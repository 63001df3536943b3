import Gossip
import MixNet
import Synchronization

/// What waits for one program: messages within a bound, of which the oldest give way, and answers. The node's worker fills it and never
/// waits; the door's thread empties it.
final class DoorInbox: Sendable {
  /// What goes to the program next.
  enum Item: Equatable, Sendable {
    case message(DoorMessage)
    /// So many messages stood here.
    case lost(UInt64)
  }

  /// What the stage has said to a list of requests.
  struct Outcome: Sendable {
    var answers: [DoorAnswer] = []
    /// What is left to be done.
    var rest: [DoorVisit.Entry] = []
  }

  private struct State {
    var messages: [DoorMessage] = []
    /// The first that waits.
    var first = 0
    var bytes = 0
    var lost: UInt64 = 0
    var outcome: Outcome?
    var subscriptions: [String: UInt64] = [:]
    var isClosed = false
  }

  private let state = Mutex(State())
  private let bytesMax: Int
  private let waker: any Waker

  init(bytesMax: Int, waker: any Waker) { (self.bytesMax, self.waker) = (bytesMax, waker) }

  // MARK: On the worker's thread

  /// Takes a message; false when some, this one or older ones, were dropped for it. One is kept, however large.
  func take(_ message: DoorMessage) -> Bool {
    let (hasRoom, wakes) = state.withLock { state -> (Bool, Bool) in
      guard !state.isClosed else { return (true, false) }
      let wasEmpty = state.first == state.messages.count && state.lost == 0
      state.messages.append(message)
      state.bytes += message.size
      var hasRoom = true
      while state.bytes > bytesMax, state.messages.count - state.first > 1 {
        _ = Self.popFirst(&state)
        state.lost += 1
        hasRoom = false
      }
      return (hasRoom, wasEmpty)
    }
    if wakes { waker.wake() }
    return hasRoom
  }

  private static func popFirst(_ state: inout State) -> DoorMessage? {
    guard state.first < state.messages.count else { return nil }
    let message = state.messages[state.first]
    state.first += 1
    state.bytes -= message.size
    if state.first > 64, state.first * 2 > state.messages.count || state.first == state.messages.count {
      state.messages.removeFirst(state.first)
      state.first = 0
    }
    return message
  }

  /// The stage has done what it was asked for.
  func settle(_ outcome: Outcome) {
    state.withLock { $0.outcome = outcome }
    waker.wake()
  }

  /// The numbers of this program's subscriptions, by topic.
  func subscription(_ topic: String) -> UInt64? { state.withLock { $0.subscriptions[topic] } }
  func setSubscription(_ topic: String, _ number: UInt64?) { state.withLock { $0.subscriptions[topic] = number } }
  var subscriptions: [UInt64] { state.withLock { $0.subscriptions.values.sorted() } }

  // MARK: On the door's thread

  /// The next for the program: what was lost stands before what came after it.
  func next() -> Item? {
    state.withLock { state in
      if state.lost > 0 {
        defer { state.lost = 0 }
        return .lost(state.lost)
      }
      return Self.popFirst(&state).map { .message($0) }
    }
  }

  func takeOutcome() -> Outcome? { state.withLock { $0.outcome.take() } }

  /// Nobody reads any more.
  func close() {
    state.withLock { state in
      state.isClosed = true
      (state.messages, state.first, state.bytes, state.lost) = ([], 0, 0, 0)
    }
  }
}

/// A program's ear for one topic.
final class DoorReader: GossipReader {
  private let topic: String
  private let inbox: DoorInbox

  init(_ topic: String, _ inbox: DoorInbox) { (self.topic, self.inbox) = (topic, inbox) }

  func take(_ message: GossipMessage) -> Bool { inbox.take(DoorMessage(message, topic: topic)) }
}
