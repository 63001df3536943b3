/// What two sides of a ``Conversation`` say to each other: one frame of a link each. Integers are big-endian.
///
/// ```
/// 0 greet    own 8 | theirs 8 | streams u16 | window u32
/// 1 message  stream 7 | number u64 | bytes        2 loose  stream 7 | class u8 | bytes
/// 3 ack      stream 7 | before u64 | credit u64 | flags u8
/// 4 ask      stream 7        5 end  stream 7 | number u64        6 gone  stream 7
/// ```
public enum PeerFrame: Equatable, Sendable {
  /// Who speaks: the first frame of each side on a link.
  case greet(PeerGreeting)
  /// A message of class reliable.
  case message(StreamID, number: UInt64, [UInt8])
  /// A message of another class: it has no number, and nobody acknowledges it.
  case loose(StreamID, SendClass, [UInt8])
  /// How far a stream has come, and how far it may go on.
  case ack(StreamID, PeerAck)
  /// Asks for an ack.
  case ask(StreamID)
  /// No message follows those before `number`.
  case end(StreamID, number: UInt64)
  /// There is no such stream, or no more.
  case gone(StreamID)

  /// What stands before the bytes of the largest kind of message.
  public static let overhead = 16
  /// The size of the largest frame that carries no message.
  public static let controlMax = 25

  /// Reads a frame; nil when it is none.
  public init?(_ body: Span<UInt8>) {
    guard body.count > 0 else { return nil }
    let kind = body[0]
    if kind == 0 {
      guard let greeting = PeerGreeting(body) else { return nil }
      self = .greet(greeting)
      return
    }
    guard body.count >= 1 + StreamID.size, let stream = StreamID(body, at: 1) else { return nil }
    switch (kind, body.count) {
    case (1, 16...): self = .message(stream, number: body.bigEndian(at: 8), Self.bytes(body, from: 16))
    case (2, 9...):
      guard let kind = SendClass(rawValue: body[8]), kind != .reliable else { return nil }
      self = .loose(stream, kind, Self.bytes(body, from: 9))
    case (3, 25):
      guard let flags = PeerAck.Flags(body[24]) else { return nil }
      self = .ack(stream, PeerAck(before: body.bigEndian(at: 8), credit: body.bigEndian(at: 16), flags: flags))
    case (4, 8): self = .ask(stream)
    case (5, 16): self = .end(stream, number: body.bigEndian(at: 8))
    case (6, 8): self = .gone(stream)
    default: return nil
    }
  }

  private static func bytes(_ body: Span<UInt8>, from start: Int) -> [UInt8] {
    unsafe body.extracting(start..<body.count).withUnsafeBufferPointer { unsafe Array($0) }
  }

  /// True for all but greetings.
  package var isAfterGreeting: Bool { if case .greet = self { false } else { true } }

  /// For one that tells of a stream that is over: which one, and whether it was given up.
  var reply: (stream: StreamID, isGone: Bool)? {
    switch self {
    case .gone(let id): (id, true)
    case .ack(let id, _): (id, false)
    default: nil
    }
  }

  /// Its size in bytes.
  public var size: Int {
    switch self {
    case .greet: PeerGreeting.size
    case .message(_, _, let bytes): 16 + bytes.count
    case .loose(_, _, let bytes): 9 + bytes.count
    case .ack: 25
    case .end: 16
    case .ask, .gone: 8
    }
  }

  /// Writes it to `out`, which has room for ``size`` bytes.
  public func write(to out: inout MutableSpan<UInt8>) {
    switch self {
    case .greet(let greeting): greeting.write(to: &out)
    case .message(let stream, let number, let bytes):
      begin(1, stream, &out)
      out.put(bigEndian: number, at: 8)
      out.put(bytes.span, at: 16)
    case .loose(let stream, let kind, let bytes):
      begin(2, stream, &out)
      out.put(bigEndian: kind.rawValue, at: 8)
      out.put(bytes.span, at: 9)
    case .ack(let stream, let ack):
      begin(3, stream, &out)
      out.put(bigEndian: ack.before, at: 8)
      out.put(bigEndian: ack.credit, at: 16)
      out.put(bigEndian: ack.flags.byte, at: 24)
    case .ask(let stream): begin(4, stream, &out)
    case .end(let stream, let number):
      begin(5, stream, &out)
      out.put(bigEndian: number, at: 8)
    case .gone(let stream): begin(6, stream, &out)
    }
  }

  private func begin(_ kind: UInt8, _ stream: StreamID, _ out: inout MutableSpan<UInt8>) {
    out.put(bigEndian: kind, at: 0)
    stream.write(to: &out, at: 1)
  }
}

/// The first frame of each side on each link: which incarnation of it speaks, and with which of the other side.
public struct PeerGreeting: Equatable, Sendable {
  /// A number that this conversation alone has on the side that speaks; never zero.
  public var own: UInt64
  /// The other side's number as far as it is known; zero when it is not.
  public var theirs: UInt64
  /// Streams that the other side may open.
  public var streams: UInt16
  /// What the messages of a new stream may cost before any credit is given.
  public var window: UInt32

  static let size = 23

  /// A greeting of these.
  public init(own: UInt64, theirs: UInt64, streams: UInt16, window: UInt32) {
    (self.own, self.theirs, self.streams, self.window) = (own, theirs, streams, window)
  }

  init?(_ body: Span<UInt8>) {
    guard body.count == Self.size else { return nil }
    self.init(
      own: body.bigEndian(at: 1), theirs: body.bigEndian(at: 9), streams: body.bigEndian(at: 17),
      window: body.bigEndian(at: 19))
    guard own != 0 else { return nil }
  }

  func write(to out: inout MutableSpan<UInt8>) {
    out.put(bigEndian: UInt8(0), at: 0)
    out.put(bigEndian: own, at: 1)
    out.put(bigEndian: theirs, at: 9)
    out.put(bigEndian: streams, at: 17)
    out.put(bigEndian: window, at: 19)
  }
}

/// How far the receiver of a stream's messages has come. All of it counts from the stream's beginning, so one that is lost,
/// doubled or late does no harm.
public struct PeerAck: Equatable, Sendable {
  /// The messages before this number have come.
  public var before: UInt64
  /// What the messages from the beginning on may cost.
  public var credit: UInt64
  /// What else it says.
  public var flags: Flags

  /// What else an ack says.
  public struct Flags: Equatable, Sendable {
    /// It answers an ask, or a gap was found: what was sent before and has not come is lost.
    public var isAnswer = false
    /// Everything up to the stream's end has come.
    public var isComplete = false

    /// Neither.
    public init(isAnswer: Bool = false, isComplete: Bool = false) {
      (self.isAnswer, self.isComplete) = (isAnswer, isComplete)
    }

    init?(_ byte: UInt8) {
      guard byte <= 3 else { return nil }
      self.init(isAnswer: byte & 1 != 0, isComplete: byte & 2 != 0)
    }

    var byte: UInt8 { (isAnswer ? 1 : 0) | (isComplete ? 2 : 0) }
  }

  /// An ack of these.
  public init(before: UInt64, credit: UInt64, flags: Flags = Flags()) {
    (self.before, self.credit, self.flags) = (before, credit, flags)
  }
}
