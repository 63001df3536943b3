/// What is promised of a message.
public enum SendClass: UInt8, CaseIterable, Sendable {
  /// The session's own: goes first, and is not resent.
  case control
  /// Acknowledged, and resent after a reconnect: arrives once and in order while neither side starts anew.
  case reliable
  /// Goes if it can, once.
  case lossy
}

/// What became of a message that was to be sent.
public enum SendResult: Equatable, Sendable {
  /// It waits for its turn.
  case queued
  /// There is no room: the sender waits, or does without.
  case full
  /// It will not be sent.
  case dropped(SendRefusal)
}

/// Why a message will not be sent.
public enum SendRefusal: UInt8, CaseIterable, Error, Sendable {
  /// It is larger than a message may be.
  case tooLarge
  /// The stream has been closed, or never was.
  case noStream
  /// The peer is gone for good, or is being closed.
  case closed

  /// The word that operators see.
  public var name: String {
    switch self {
    case .tooLarge: "too_large"
    case .noStream: "no_stream"
    case .closed: "closed"
    }
  }
}

/// Messages in the order in which they were given, bounded in number and in bytes.
public struct SendQueue: Sendable {
  /// How much it holds.
  public struct Bounds: Equatable, Sendable {
    /// Messages.
    public var count = 1_000
    /// Bytes of all messages.
    public var bytes = 4 << 20
    /// The bounds that nothing else is said about.
    public init() {}
    /// These bounds.
    public init(count: Int, bytes: Int) { (self.count, self.bytes) = (count, bytes) }
  }

  /// Its bounds.
  public let bounds: Bounds
  private var messages: [[UInt8]] = []
  private var start = 0
  /// Bytes of all messages that it holds.
  public private(set) var bytes = 0

  /// An empty queue.
  public init(_ bounds: Bounds) { self.bounds = bounds }

  /// Messages that it holds.
  public var count: Int { messages.count - start }
  /// True when it holds nothing.
  public var isEmpty: Bool { count == 0 }

  /// Takes a message at the end; false when there is no room for it.
  public mutating func push(_ message: [UInt8]) -> Bool {
    guard count < bounds.count, bytes + message.count <= bounds.bytes else { return false }
    messages.append(message)
    bytes += message.count
    return true
  }

  /// The message at a place from the oldest on, which is at 0; nil behind the end.
  public subscript(_ place: Int) -> [UInt8]? {
    place >= 0 && place < count ? messages[start + place] : nil
  }

  /// Takes the oldest message out.
  @discardableResult
  public mutating func pop() -> [UInt8]? {
    guard !isEmpty else { return nil }
    let message = messages[start]
    messages[start] = []
    start += 1
    bytes -= message.count
    if start == messages.count || start > 1_024 {
      messages.removeFirst(start)
      start = 0
    }
    return message
  }
}
