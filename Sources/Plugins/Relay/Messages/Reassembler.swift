public import MixNet

/// Puts fragments together again. Bounded in bytes, in messages and in time; no I/O.
///
/// What one fragment claims costs nothing: memory is taken for what has really arrived. When it is full, fragments of
/// messages are refused, and what is incomplete is given up after ``Limits/timeout``.
public struct Reassembler {
  /// The bounds.
  public struct Limits: Sendable {
    /// The largest message, in bytes.
    public var messageMax: Int
    /// All fragments that are kept, in bytes.
    public var bytesMax: Int
    /// Messages under way.
    public var messagesMax: Int
    /// How long a message may take from its first fragment to its last.
    public var timeout: Nanos
    /// Bounds of these.
    public init(messageMax: Int, bytesMax: Int, messagesMax: Int = 1_024, timeout: Nanos = .s(60)) {
      self.messageMax = messageMax
      self.bytesMax = bytesMax
      self.messagesMax = messagesMax
      self.timeout = timeout
    }
  }

  /// A message that is whole.
  public struct Message: Equatable, Sendable {
    /// Its id.
    public let id: Bytes16
    /// What its first fragment said of it.
    public let flags: Fragment.Flags
    /// Its bytes.
    public let bytes: [UInt8]
    /// The reply blocks that its fragments brought, in the fragments' order.
    public let blocks: [[UInt8]]
  }

  /// What became of a fragment.
  public enum Outcome: Equatable, Sendable {
    /// It was the last one that lacked.
    case whole(Message)
    /// More are to come.
    case kept
    /// It has come before.
    case duplicate
    /// There is no room for it.
    case full
    /// It does not fit the others of its message, or the message is too large.
    case wrong
  }

  fileprivate struct Partial {
    let first: Fragment
    /// Data bytes of every fragment but the last, once one of them has come; and of the last, if it came first.
    var chunk: Int?
    var lastSize: Int?
    var parts: [UInt32: Part] = [:]
    var bytes = 0
  }
  fileprivate struct Part {
    let data: [UInt8]
    let blocks: [[UInt8]]
  }

  private let limits: Limits
  private var partials: [Bytes16: Partial] = [:]
  /// Messages in the order of their first fragments; some of them are whole already.
  private var order: [(id: Bytes16, ends: Instant)] = []
  private var orderStart = 0
  /// Bytes that are kept.
  public private(set) var bytes = 0

  /// What a kept fragment costs beside its bytes.
  private static let overhead = 128

  /// An empty one.
  public init(limits: Limits) { self.limits = limits }

  /// Messages under way.
  public var count: Int { partials.count }

  /// Takes a fragment: the message part of a payload that ``Fragment/init(_:)`` has read.
  public mutating func take(_ fragment: Fragment, payload: Span<UInt8>, now: Instant) -> Outcome {
    guard Int(fragment.size) <= limits.messageMax, fragment.dataStart <= payload.count else { return .wrong }
    let part = Part(
      data: (fragment.dataStart..<payload.count).map { payload[$0] },
      blocks: (0..<Int(fragment.blocks)).map { number in fragment.block(number).map { payload[$0] } })
    if fragment.count == 1 {
      return .whole(Message(id: fragment.message, flags: fragment.flags, bytes: part.data, blocks: part.blocks))
    }
    return keep(fragment, part, cost: payload.count + Self.overhead, now: now)
  }

  private mutating func keep(_ fragment: Fragment, _ part: Part, cost: Int, now: Instant) -> Outcome {
    guard bytes + cost <= limits.bytesMax else { return .full }
    var partial: Partial
    if let known = partials[fragment.message] {
      partial = known
      guard known.first.count == fragment.count, known.first.size == fragment.size else { return .wrong }
    } else {
      guard partials.count < limits.messagesMax else { return .full }
      partial = Partial(first: fragment)
      order.append((fragment.message, now + limits.timeout))
    }
    guard partial.parts[fragment.index] == nil else { return .duplicate }
    guard partial.agrees(fragment, data: part.data.count) else { return .wrong }
    partials[fragment.message] = nil  // so that the dictionary is not copied
    partial.parts[fragment.index] = part
    partial.bytes += cost
    bytes += cost
    guard partial.parts.count == Int(fragment.count) else {
      partials[fragment.message] = partial
      return .kept
    }
    bytes -= partial.bytes
    return .whole(partial.message)
  }

  /// Gives up the messages whose time is over; says how many.
  public mutating func expire(_ now: Instant) -> Int {
    var given = 0
    while orderStart < order.count, order[orderStart].ends <= now {
      if let partial = partials.removeValue(forKey: order[orderStart].id) {
        bytes -= partial.bytes
        given += 1
      }
      orderStart += 1
    }
    if orderStart * 2 > order.count {
      order.removeFirst(orderStart)
      orderStart = 0
    }
    return given
  }

  /// When ``expire(_:)`` next has something to do.
  public var next: Instant { orderStart < order.count ? order[orderStart].ends : .never }
}

extension Reassembler.Partial {
  /// All fragments but the last carry the same number of bytes.
  fileprivate mutating func agrees(_ fragment: Fragment, data: Int) -> Bool {
    let last = fragment.index + 1 == fragment.count
    let expected = chunk ?? (last ? nil : data)
    guard let expected else {
      lastSize = data
      return true
    }
    let rest = Int(fragment.size) - (Int(fragment.count) - 1) * expected
    guard rest > 0, rest <= expected, last ? data == rest : data == expected else { return false }
    guard lastSize.map({ $0 == rest }) ?? true else { return false }
    chunk = expected
    return true
  }

  /// The whole message.
  fileprivate var message: Reassembler.Message {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(first.size))
    var blocks: [[UInt8]] = []
    for index in 0..<first.count {
      guard let part = parts[index] else { continue }
      bytes += part.data
      blocks += part.blocks
    }
    return Reassembler.Message(id: first.message, flags: first.flags, bytes: bytes, blocks: blocks)
  }
}
