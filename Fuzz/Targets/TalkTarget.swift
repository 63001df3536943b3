@testable import MixNet

extension FuzzTarget {
  /// Links between two that mean well: what they lose, when they break, and in which order two of them bring their frames.
  static let talks = FuzzTarget(
    name: "talks", summary: "links and restarts: two sides of a conversation, and frames lost, late and overtaken",
    sizeMax: 400,
    seeds: { _ in
      let fine: [UInt8] = [0, 0, 1, 0, 3, 40, 3, 44, 3, 48, 4, 4, 4, 4, 4, 7, 5, 7, 5, 7, 5]
      return [
        fine, fine + [8, 0, 0, 0, 4, 4] + fine, fine + [0, 6, 4, 5, 0, 9, 0, 0, 0] + fine, fine + [10, 2, 11, 1, 12],
      ]
    }
  ) {
    return { input in
      var pair = Pair(input)
      pair.run()
    }
  }
}

/// Two sides with their applications, and the links between them, which keep the order of their frames and nothing else.
private struct Pair {
  private struct Side {
    var conversation: Conversation
    var view = StreamView()
    /// The numbers of the messages that the application has taken of each stream, as they came.
    var taken: [StreamID: UInt64] = [:]
    var loose: Set<UInt8> = []
    /// Streams that the application gave up: the other side hears of it when it waits for something.
    var givenUp: Set<StreamID> = []

    mutating func note() { view.note(conversation.takeEvents()) }
  }

  private struct Line {
    let number: UInt64
    /// Frames on their way to each side.
    var toward: [[[UInt8]]] = [[], []]
  }

  private static let linesMax = 3

  private var input: Input
  private var sides = (0..<2).map { Side(conversation: Conversation(own: UInt64($0) + 1, .narrow)) }
  private var lines: [Line] = []
  private var now = Instant.zero
  private var lastLine: UInt64 = 0
  private var lastNumber: UInt64 = 100
  private var lastLoose = 0

  init(_ bytes: [UInt8]) { input = Input(bytes) }

  mutating func run() {
    while !input.isEmpty { step() }
    heal()
  }

  private mutating func step() {
    let choice = input.byte()
    let side = Int(choice >> 4 & 1)
    let line = lines.isEmpty ? nil : Int(choice >> 5) % lines.count
    switch choice & 15 {
    case 0: if lines.count < Self.linesMax { connect() }
    case 1: open(side)
    case 2, 3: send(side)
    case 4, 5: if let line { _ = give(side, line, isLost: false) }
    case 6: if let line { _ = give(side, line, isLost: true) }
    case 7, 8: if let line { read(side, line) }
    case 9: if let id = stream(side) { take(side, id) }
    case 10: if let id = stream(side) { sides[side].conversation.finish(id, now: now) }
    case 11: giveUp(side)
    case 12: if let line { cut(lines[line].number) }
    case 13: pass(side, .ms(UInt64(input.byte()) * 20))
    case 14: if input.byte() % 8 == 0 { kill(side) }
    default: for _ in 0..<8 { if let line, lines.indices.contains(line) { read(side, line) } }
    }
    check(sides.allSatisfy(\.conversation.isBounded), "a conversation grows")
  }

  // MARK: Applications

  private mutating func open(_ side: Int) {
    if let id = sides[side].conversation.open(now: now) { sides[side].view.opened(id) }
  }

  private mutating func stream(_ side: Int) -> StreamID? {
    let streams = sides[side].conversation.streams
    return streams.isEmpty ? nil : streams[Int(input.byte()) % streams.count]
  }

  /// A message says which one of its stream it is; one of another class is the only one of its bytes.
  private mutating func send(_ side: Int) {
    guard let id = stream(side) else { return }
    let choice = input.byte()
    guard choice % 4 > 0 else {
      lastLoose += 1
      if lastLoose > 255 { return }
      let sendClass: SendClass = choice % 8 == 0 ? .lossy : .control
      _ = sides[side].conversation.send([UInt8(lastLoose)], sendClass, on: id, now: now)
      return
    }
    let count = sides[side].view.sentCount(on: id)
    let message = Self.message(UInt64(count), Int(choice >> 2) % 50)
    if sides[side].conversation.send(message, .reliable, on: id, now: now) == .queued {
      sides[side].view.sent(message, on: id)
    }
  }

  private static func message(_ number: UInt64, _ more: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number)] + [UInt8](repeating: UInt8(truncatingIfNeeded: number &+ 1), count: more)
  }

  @discardableResult
  private mutating func take(_ side: Int, _ id: StreamID) -> Bool {
    guard let message = sides[side].conversation.take(from: id) else { return false }
    if message.sendClass == .reliable {
      let number = sides[side].taken[id] ?? 0
      check(message.bytes == Self.message(number, message.bytes.count - 1), "\(id) brings another than \(number)")
      sides[side].taken[id] = number + 1
    } else {
      check(sides[side].loose.insert(message.bytes[0]).inserted, "what is sent once comes twice")
    }
    sides[side].note()
    return true
  }

  private mutating func giveUp(_ side: Int) {
    guard let id = stream(side) else { return }
    sides[side].note()
    sides[side].givenUp.insert(id)
    sides[side].view.over(id, with: sides[side].conversation.reset(id))
  }

  // MARK: Links

  private mutating func connect() {
    lastLine += 1
    lines.append(Line(number: lastLine))
    for side in 0..<2 { sides[side].conversation.join(lastLine, now: now) }
  }

  private mutating func cut(_ number: UInt64) {
    lines.removeAll { $0.number == number }
    for side in 0..<2 { sides[side].conversation.leave(number) }
  }

  private mutating func give(_ side: Int, _ line: Int, isLost: Bool) -> Bool {
    guard let frame = sides[side].conversation.nextFrame(on: lines[line].number) else { return false }
    var bytes = [UInt8](repeating: 0, count: frame.size)
    var span = bytes.mutableSpan
    frame.write(to: &span)
    // A link that has lost a greeting is cut in time.
    if !isLost { lines[line].toward[1 - side].append(bytes) }
    return true
  }

  private mutating func read(_ side: Int, _ line: Int) {
    guard !lines[line].toward[side].isEmpty else { return }
    let bytes = lines[line].toward[side].removeFirst()
    guard let frame = PeerFrame(bytes.span) else { fatalError("what is said cannot be read") }
    let number = lines[line].number
    switch sides[side].conversation.receive(frame, on: number, now: now) {
    case .taken: sides[side].note()
    case .fault(let fault):
      // Who has not heard a greeting that was lost finds the next frame out of place.
      check(fault == .greeting, "one that means well is found at fault: \(fault)")
      sides[side].note()
      cut(number)
    case .restarted(let greeting): beginAnew(side, greeting, on: number)
    }
  }

  private mutating func beginAnew(_ side: Int, _ greeting: PeerGreeting, on number: UInt64) {
    sides[side].note()
    sides[side].view.end(sides[side].conversation.end())
    for other in lines.map(\.number) where other != number { cut(other) }
    lastNumber += 1
    let fresh = Conversation(own: lastNumber, resuming: greeting, .narrow)
    sides[side] = Side(conversation: fresh, loose: sides[side].loose)
    sides[side].conversation.join(number, now: now)
    sides[side].conversation.resume(on: number)
  }

  private mutating func kill(_ side: Int) {
    for number in lines.map(\.number) { cut(number) }
    lastNumber += 1
    sides[side] = Side(conversation: Conversation(own: lastNumber, .narrow), loose: sides[side].loose)
  }

  private mutating func pass(_ side: Int, _ time: Nanos) {
    now = now + time
    for number in sides[side].conversation.step(now) { cut(number) }
  }

  // MARK: The end

  /// When nothing is lost any more, all that was accepted comes, and is confirmed.
  private mutating func heal() {
    for round in 0..<400 {
      if lines.isEmpty { connect() }
      if settle(), sides.allSatisfy({ $0.conversation.isConnected && $0.conversation.unconfirmed == 0 }) {
        return compare()
      }
      check(round < 399, "all is well, and not all is confirmed")
      for side in 0..<2 { pass(side, .ms(500)) }
    }
  }

  /// Lets what is under way arrive, and what follows from it; true when nothing moved.
  private mutating func settle() -> Bool {
    for _ in 0..<2_000 {
      var isQuiet = true
      for line in lines.indices.reversed() {
        for side in 0..<2 where lines.indices.contains(line) {
          while give(side, line, isLost: false) { isQuiet = false }
          while lines.indices.contains(line), !lines[line].toward[1 - side].isEmpty {
            read(1 - side, line)
            isQuiet = false
          }
        }
      }
      for side in 0..<2 {
        for id in sides[side].conversation.streams { while take(side, id) { isQuiet = false } }
      }
      if isQuiet { return true }
    }
    fatalError("the conversations do not come to rest")
  }

  /// Streams that both sides have: what one has sent the other has taken.
  private func compare() {
    for side in 0..<2 {
      for id in sides[side].conversation.streams {
        let mirror = StreamID(isOwn: !id.isOwn, slot: id.slot, generation: id.generation)
        if sides[1 - side].givenUp.contains(mirror) { continue }
        let taken = sides[1 - side].taken[mirror] ?? 0
        let sent = sides[side].view.sentCount(on: id)
        check(Int(taken) == sent, "\(taken) of \(sent) have come on \(id)")
      }
    }
  }
}
