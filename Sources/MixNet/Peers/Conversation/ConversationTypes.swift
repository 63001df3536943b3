/// What a ``Conversation`` keeps to. Together these bound its memory: each stream may hold `send` and `loose` twice over on the
/// way out, and a window and `loose` twice on the way in.
public struct ConversationSettings: Equatable, Sendable {
  /// Streams that each side may have open.
  public var streamsMax: UInt16 = 32
  /// The largest message in bytes.
  public var messageMax = 32_768
  /// What a stream's messages that the application has not taken may cost: their bytes and 16 more each.
  public var window: UInt32 = 262_144
  /// Reliable messages of a stream that are not confirmed.
  public var send = SendQueue.Bounds(count: 1_000, bytes: 1 << 20)
  /// Lossy messages of a stream that wait, and as many of class control; on the way out and on the way in.
  public var loose = SendQueue.Bounds(count: 64, bytes: 1 << 16)
  /// Bytes that a stream gets each time that its turn comes.
  public var quantum = 4_096
  /// After so long without news of a stream with something to confirm the other side is asked.
  public var patience = Nanos.s(2)

  /// The settings that nothing else is said about.
  public init() {}

  /// The least window: two of the largest messages must fit, or a stream may come to stand still.
  public static func leastWindow(messageMax: Int) -> Int { 2 * (messageMax + 16) }

  /// The most that one conversation may hold in messages, in bytes.
  public var bytesMax: Int { 2 * Int(streamsMax) * (send.bytes + Int(window) + 4 * loose.bytes) }
}

/// Messages that were to be reliable and of which it is not known whether they came: some may have.
public struct Unconfirmed: Equatable, Sendable {
  /// The number of the first; a stream's messages of class reliable count from 0 on.
  public var first: UInt64
  /// The messages, in order.
  public var messages: [[UInt8]]
  /// These messages.
  public init(first: UInt64 = 0, messages: [[UInt8]] = []) { (self.first, self.messages) = (first, messages) }
}

/// A message that came.
public struct PeerMessage: Equatable, Sendable {
  /// What was promised of it.
  public var sendClass: SendClass
  /// Its bytes.
  public var bytes: [UInt8]
  /// A message.
  public init(_ bytes: [UInt8], _ sendClass: SendClass = .reliable) {
    (self.bytes, self.sendClass) = (bytes, sendClass)
  }
}

/// What an application is told of a conversation.
public enum ConversationEvent: Equatable, Sendable {
  /// The other side has opened a stream.
  case opened(StreamID)
  /// There are messages to take, where there were none.
  case readable(StreamID)
  /// There is room for reliable messages again after one was refused.
  case writable(StreamID)
  /// The other side has all reliable messages before this number.
  case confirmed(StreamID, before: UInt64)
  /// The other side knows this side's end, and has everything up to it.
  case finished(StreamID)
  /// The other side has ended its half: what is there can be taken, nothing follows.
  case ended(StreamID)
  /// Both halves have ended, everything was confirmed and taken.
  case closed(StreamID)
  /// The other side has given the stream up.
  case gone(StreamID, Unconfirmed)
}

/// Why the other side cannot be talked to: it has said what it may not say. The link is to be cut.
public enum ConversationFault: UInt8, CaseIterable, Error, Sendable {
  /// It is no frame, or one that contradicts an earlier one.
  case malformed
  /// It speaks before it has greeted, or greets again and again.
  case greeting
  /// It sends more than it was given credit for.
  case overrun
  /// It confirms what was never sent.
  case unsent
  /// It speaks of a stream that this side has not opened yet.
  case noStream

  /// The word that operators see.
  public var name: String {
    switch self {
    case .malformed: "malformed"
    case .greeting: "greeting"
    case .overrun: "overrun"
    case .unsent: "unsent"
    case .noStream: "no_stream"
    }
  }
}
