import Testing

@testable import MixNet

/// Two sides that talk over links which keep frames in order, lose some, break, and come again; several at once do not keep
/// the order between them.
struct Talk {
  /// One side, with the application's end of it.
  struct Side {
    var conversation: Conversation
    var events: [ConversationEvent] = []
    /// What came on each stream, by class.
    var came: [StreamID: [[UInt8]]] = [:]
    var cameLoose: [StreamID: [PeerMessage]] = [:]
    var restarts = 0
    var unconfirmed: [StreamID: Unconfirmed] = [:]

    mutating func note() {
      for event in conversation.takeEvents() {
        events.append(event)
        if case .gone(let id, let left) = event { unconfirmed[id] = left }
      }
    }
  }

  struct Line {
    let number: UInt64
    var isUp = true
    /// Frames on their way to side 0 and to side 1.
    var toward: [[[UInt8]]] = [[], []]
  }

  var sides: [Side]
  var lines: [Line] = []
  var now = Instant.zero
  var faults: [ConversationFault] = []
  /// The applications open a stream and send on it as soon as a side has begun anew.
  var speaksAtOnce = false
  private var lastLine: UInt64 = 0
  private var lastNumber: UInt64 = 100

  init(_ settings: ConversationSettings) {
    sides = (0..<2).map { Side(conversation: Conversation(own: UInt64($0) + 1, settings)) }
  }

  @discardableResult
  mutating func connect() -> UInt64 {
    lastLine += 1
    lines.append(Line(number: lastLine))
    for side in 0..<2 { sides[side].conversation.join(lastLine, now: now) }
    return lastLine
  }

  /// The application of a side opens a stream.
  mutating func open(_ side: Int) throws -> StreamID {
    let id = sides[side].conversation.open(now: now)
    return try #require(id)
  }

  /// A message of a side's application.
  mutating func send(_ message: [UInt8], _ sendClass: SendClass = .reliable, on id: StreamID, by side: Int = 0)
    -> SendResult
  {
    sides[side].conversation.send(message, sendClass, on: id, now: now)
  }

  /// The link breaks: what is under way on it is lost.
  mutating func cut(_ number: UInt64) {
    lines.removeAll { $0.number == number }
    for side in 0..<2 { sides[side].conversation.leave(number) }
  }

  /// One side hands one frame to a link.
  @discardableResult
  mutating func give(_ side: Int, _ line: Int, isLost: Bool = false) -> Bool {
    guard let frame = sides[side].conversation.nextFrame(on: lines[line].number) else { return false }
    var bytes = [UInt8](repeating: 0, count: frame.size)
    var span = bytes.mutableSpan
    frame.write(to: &span)
    if !isLost { lines[line].toward[1 - side].append(bytes) }
    return true
  }

  /// One side reads one frame from a link.
  mutating func read(_ side: Int, _ line: Int) {
    guard !lines[line].toward[side].isEmpty else { return }
    let bytes = lines[line].toward[side].removeFirst()
    guard let frame = PeerFrame(bytes.span) else { return faults.append(.malformed) }
    let number = lines[line].number
    switch sides[side].conversation.receive(frame, on: number, now: now) {
    case .taken: break
    case .fault(let fault):
      faults.append(fault)
      cut(number)
    case .restarted(let greeting): restart(side, greeting, on: number)
    }
    sides[side].note()
  }

  /// What the owner of a conversation does when the other side has begun anew.
  private mutating func restart(_ side: Int, _ greeting: PeerGreeting, on number: UInt64) {
    for (id, left) in sides[side].conversation.end() { sides[side].unconfirmed[id] = left }
    sides[side].restarts += 1
    for other in lines.map(\.number) where other != number { cut(other) }
    lastNumber += 1
    sides[side].conversation = Conversation(
      own: lastNumber, resuming: greeting, sides[side].conversation.settings)
    sides[side].conversation.join(number, now: now)
    sides[side].conversation.resume(on: number)
    if speaksAtOnce { speak(side) }
  }

  private mutating func speak(_ side: Int) {
    guard let id = sides[side].conversation.open(now: now) else { return }
    _ = sides[side].conversation.send([1], .reliable, on: id, now: now)
  }

  /// A side that was killed, and comes again with nothing.
  mutating func kill(_ side: Int) {
    for number in lines.map(\.number) { cut(number) }
    lastNumber += 1
    sides[side] = Side(conversation: Conversation(own: lastNumber, sides[side].conversation.settings))
    if speaksAtOnce { speak(side) }
  }

  /// Time passes for one side.
  mutating func step(_ side: Int) { for number in sides[side].conversation.step(now) { cut(number) } }

  /// The application of a side takes a message of a stream.
  @discardableResult
  mutating func take(_ side: Int, _ id: StreamID) -> Bool {
    guard let message = sides[side].conversation.take(from: id) else { return false }
    if message.sendClass == .reliable {
      sides[side].came[id, default: []].append(message.bytes)
    } else {
      sides[side].cameLoose[id, default: []].append(message)
    }
    sides[side].note()
    return true
  }

  /// Lets everything that is under way arrive, and what follows from it.
  mutating func settle(takes: Bool = true) {
    for _ in 0..<100_000 {
      var isQuiet = true
      for line in lines.indices.reversed() where lines.indices.contains(line) {
        for side in 0..<2 where lines.indices.contains(line) {
          while give(side, line) { isQuiet = false }
          while lines.indices.contains(line), !lines[line].toward[1 - side].isEmpty {
            read(1 - side, line)
            isQuiet = false
          }
        }
      }
      if takes {
        for side in 0..<2 {
          for id in sides[side].conversation.streams { while take(side, id) { isQuiet = false } }
        }
      }
      if isQuiet { return }
    }
  }

  /// The other side's name of a stream.
  static func mirror(_ id: StreamID) -> StreamID {
    StreamID(isOwn: !id.isOwn, slot: id.slot, generation: id.generation)
  }
}
