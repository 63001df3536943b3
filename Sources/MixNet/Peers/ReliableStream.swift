/// What a message costs in credit: its bytes and a little more, so that empty messages are bounded too.
func creditCost(_ size: Int) -> UInt64 { UInt64(size) + 16 }

/// The sending half of a reliable stream: numbers messages from 0 on, keeps each until the other side has confirmed it, and
/// goes back to the first unconfirmed one when a new link takes the place of an old one.
///
/// What may be sent is bounded by the credit that the receiver has given: what the messages from the stream's beginning on may
/// cost. Being absolute, credit and acknowledgement may be lost, doubled or late without harm.
public struct ReliableSender: Sendable {
  private var queue: SendQueue
  /// The number of the oldest message that is not confirmed.
  public private(set) var confirmed: UInt64 = 0
  /// What all messages before it have cost.
  private var confirmedCost: UInt64 = 0
  /// Messages after the oldest that have been sent on the present link.
  private var sent = 0
  /// What these have cost.
  private var sentCost: UInt64 = 0
  /// All messages before this number have been sent, on this link or one before it.
  private var reached: UInt64 = 0
  /// What the messages from the stream's beginning on may cost.
  private var credit: UInt64

  /// An empty stream whose receiver has room for messages that cost `credit`.
  public init(_ bounds: SendQueue.Bounds, credit: UInt64) {
    queue = SendQueue(bounds)
    self.credit = credit
  }

  /// Takes a message; false when there is no room.
  public mutating func push(_ message: [UInt8]) -> Bool { queue.push(message) }

  /// True when there is room for a message of half of all that it may hold.
  public var hasRoom: Bool {
    queue.count <= queue.bounds.count / 2 && queue.bytes <= queue.bounds.bytes / 2
  }
  /// Messages that are not confirmed.
  public var unconfirmed: Int { queue.count }
  /// Bytes of these.
  public var bytes: Int { queue.bytes }

  /// The number of the message that is to be sent next on the present link, whether it is there yet or not.
  public var position: UInt64 { confirmed + UInt64(sent) }

  /// The next message to send, with its number; nil when there is none, or no credit for it.
  public var next: (number: UInt64, message: [UInt8])? {
    guard let message = queue[sent] else { return nil }
    guard confirmedCost + sentCost + creditCost(message.count) <= credit else {
      Probe.reachable("stream.without_credit")
      return nil
    }
    return (position, message)
  }

  /// The size of the next message to send; nil when there is none, or no credit for it.
  public var nextSize: Int? { next?.message.count }

  /// The message that ``next`` told of has been handed to the link.
  public mutating func didSend() {
    guard let message = queue[sent] else { return }
    Probe.sometimes("stream.sent_again", position < reached)
    sent += 1
    sentCost += creditCost(message.count)
    reached = max(reached, confirmed + UInt64(sent))
  }

  /// The receiver has all messages before `number`. False when it confirms what was never sent: then it lies.
  public mutating func confirm(before number: UInt64) -> Bool {
    guard number <= reached else { return false }
    while confirmed < number, let message = queue.pop() {
      confirmed += 1
      confirmedCost += creditCost(message.count)
      // One that was sent on an earlier link alone is not among those sent on this one.
      guard sent > 0 else { continue }
      sent -= 1
      sentCost -= creditCost(message.count)
    }
    return true
  }

  /// The receiver has room for more. Credit is never taken back.
  public mutating func grant(_ credit: UInt64) { self.credit = max(self.credit, credit) }

  /// Another receiver takes the place of one that was sent nothing: what that one has given does not count.
  public mutating func forgetCredit() { credit = 0 }

  /// A new link: what is not confirmed is sent again.
  public mutating func rewind() { (sent, sentCost) = (0, 0) }

  /// Takes out all messages that are not confirmed, the oldest first.
  public mutating func takeUnconfirmed() -> [[UInt8]] {
    var messages: [[UInt8]] = []
    while let message = queue.pop() { messages.append(message) }
    rewind()
    return messages
  }
}

/// The receiving half of a reliable stream: takes messages once and in order, and gives credit as the application takes them.
public struct ReliableReceiver: Sendable {
  /// What became of a message.
  public enum Outcome: Equatable, Sendable {
    /// It is the next one; it is kept for the application.
    case taken
    /// It was there already: the other side has not heard of it yet.
    case doubled
    /// One before it is missing; it will be sent again.
    case early
    /// The other side sent more than it had credit for.
    case overrun
  }

  private var messages: SendQueue
  private let window: UInt64
  /// The number of the message that is taken next: all before it are confirmed.
  public private(set) var expected: UInt64 = 0
  private var received: UInt64 = 0
  private var consumed: UInt64 = 0
  private var granted: UInt64

  /// A stream from its beginning, with room for messages that cost `window`. Two of the largest must fit: else the last credit
  /// told may be too small for a message, and too large to be told anew.
  public init(window: Int) {
    self.window = UInt64(max(1, window))
    granted = self.window
    messages = SendQueue(SendQueue.Bounds(count: .max, bytes: .max))
  }

  /// A message has come.
  public mutating func receive(_ number: UInt64, _ message: [UInt8]) -> Outcome {
    if number < expected {
      guard Probe.planted("resend_taken_twice", oneIn: 2) else { return .doubled }
      return messages.push(message) ? .taken : .overrun
    }
    if number > expected { return .early }
    guard received + creditCost(message.count) <= granted else { return .overrun }
    received += creditCost(message.count)
    expected += 1
    Probe.always("stream.window_kept", received <= consumed + window)
    if Probe.planted("acknowledged_and_forgotten", oneIn: 30) { return .taken }
    return messages.push(message) ? .taken : .overrun
  }

  /// The next message for the application.
  public mutating func take() -> [UInt8]? {
    if messages.count > 1, Probe.planted("stream_reordered", oneIn: 10), let first = messages.pop() {
      _ = messages.push(first)
    }
    guard let message = messages.pop() else { return nil }
    if !Probe.planted("credit_forgotten", oneIn: 3) { consumed += creditCost(message.count) }
    return message
  }

  /// Messages that the application has not taken.
  public var waiting: Int { messages.count }

  /// The credit to tell the sender of, when it has grown by half a window or more since it was last told; it counts as told.
  public mutating func newCredit() -> UInt64? {
    guard consumed + window >= granted + window / 2 else { return nil }
    granted = consumed + (Probe.planted("credit_unbounded", oneIn: 2) ? 8 * window : window)
    return granted
  }

  /// The credit that the sender was last told of.
  public var credit: UInt64 { granted }
}
