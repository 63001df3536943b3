public import MixNet

/// Puts fragments together again. Bounded in bytes, in messages and in time; no I/O.
///
/// What one fragment claims costs nothing: memory is taken for what has really arrived. When it is full, the message that
/// has longest waited for its next fragment makes room, so that one who begins messages and never ends them shuts nobody out
/// who goes on.
public struct Reassembler {
  /// The bounds.
  public struct Limits: Sendable {
    /// The largest message, in bytes.
    public var messageMax: Int
    /// All fragments that are kept, in bytes.
    public var bytesMax: Int
    /// How long a message may wait for its next fragment.
    public var timeout: Nanos
    /// Bounds of these.
    public init(messageMax: Int, bytesMax: Int, timeout: Nanos = .s(60)) {
      self.messageMax = messageMax
      self.bytesMax = bytesMax
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
    /// There is no room for it, even alone.
    case full
    /// It does not fit the others of its message, or the message is too large.
    case wrong
  }

  fileprivate struct Partial {
    let first: Fragment
    /// Its place among the messages by age.
    let age: Int
    /// Data bytes of every fragment but the last, once one of them has come; and of the last, if it came first.
    var chunk: Int?
    var lastSize: Int?
    var parts: [UInt32: Part] = [:]
    var bytes = 0
  }
  /// A fragment as it came, in one piece.
  fileprivate struct Part {
    let fragment: Fragment
    let payload: [UInt8]

    var blocks: [[UInt8]] { (0..<Int(fragment.blocks)).map { Array(payload[fragment.block($0)]) } }
    var data: ArraySlice<UInt8> { payload[fragment.dataStart...] }
  }

  private let limits: Limits
  private var partials: [Bytes16: Partial] = [:]
  private var ages = AgeList<Bytes16>()
  /// Bytes that are kept.
  public private(set) var bytes = 0
  /// Messages that were given up to make room.
  public private(set) var evicted: UInt64 = 0

  /// What a kept fragment costs beside its bytes.
  private static let overhead = 256

  /// Keeps nothing yet.
  public init(limits: Limits) { self.limits = limits }

  /// Messages under way.
  public var count: Int { partials.count }

  /// Takes a fragment: the message part of a payload that ``Fragment/init(_:)`` has read.
  public mutating func take(_ fragment: Fragment, payload: Span<UInt8>, now: Instant) -> Outcome {
    guard Int(fragment.size) <= limits.messageMax, fragment.dataStart <= payload.count else { return .wrong }
    let part = Part(fragment: fragment, payload: payload.indices.map { payload[$0] })
    if fragment.count == 1 {
      return .whole(
        Message(id: fragment.message, flags: fragment.flags, bytes: Array(part.data), blocks: part.blocks))
    }
    return keep(part, cost: payload.count + Self.overhead, now: now)
  }

  private mutating func keep(_ part: Part, cost: Int, now: Instant) -> Outcome {
    let fragment = part.fragment
    if let known = partials[fragment.message] {
      guard known.first.count == fragment.count, known.first.size == fragment.size else { return .wrong }
      guard known.parts[fragment.index] == nil else { return .duplicate }
      ages.use(known.age, now)
    }
    guard makeRoom(cost, for: fragment.message) else { return .full }
    // Taken out of the dictionary, so that its parts are not copied.
    var partial =
      partials.removeValue(forKey: fragment.message) ?? Partial(first: fragment, age: ages.add(fragment.message, now))
    guard partial.agrees(fragment, data: part.data.count) else {
      if partial.parts.isEmpty { ages.remove(partial.age) } else { partials[fragment.message] = partial }
      return .wrong
    }
    partial.parts[fragment.index] = part
    partial.bytes += cost
    bytes += cost
    guard partial.parts.count == Int(fragment.count) else {
      partials[fragment.message] = partial
      return .kept
    }
    bytes -= partial.bytes
    ages.remove(partial.age)
    return .whole(partial.message)
  }

  /// Gives up messages until so many bytes fit; false when they do not fit beside this message's own fragments.
  private mutating func makeRoom(_ cost: Int, for message: Bytes16) -> Bool {
    while bytes + cost > limits.bytesMax {
      guard let oldest = ages.oldest?.element, oldest != message else { return false }
      giveUp(oldest)
      evicted += 1
    }
    return true
  }

  private mutating func giveUp(_ message: Bytes16) {
    guard let partial = partials.removeValue(forKey: message) else { return }
    bytes -= partial.bytes
    ages.remove(partial.age)
  }

  /// Gives up the messages whose time is over; says how many.
  public mutating func expire(_ now: Instant) -> Int {
    var given = 0
    while let oldest = ages.oldest, oldest.used + limits.timeout <= now {
      giveUp(oldest.element)
      given += 1
    }
    return given
  }

  /// When ``expire(_:)`` next has something to do.
  public var next: Instant { ages.oldest.map { $0.used + limits.timeout } ?? .never }
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
