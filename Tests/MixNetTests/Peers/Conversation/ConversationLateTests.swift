import Testing

@testable import MixNet

/// What comes late, overtakes, or is about a stream that is over, loses nothing and is nobody's fault.
@Suite struct ConversationLateTests {
  private func begun(streams: UInt16 = 4, lines: Int = 1) throws -> (Talk, StreamID) {
    var settings = ConversationSettings()
    settings.streamsMax = streams
    settings.messageMax = 1_000
    settings.window = 4_000
    var talk = Talk(settings)
    for _ in 0..<lines { talk.connect() }
    talk.settle()
    let id = try talk.open(0)
    talk.settle()
    return (talk, id)
  }

  /// Both have ended a stream in good order, and one has not read all of it: the other's next stream in the slot waits for that.
  @Test(arguments: [false, true]) func whatIsConfirmedCanBeReadWhenTheSlotIsUsedAgain(isReset: Bool) throws {
    var (talk, id) = try begun(streams: 1)
    let theirs = Talk.mirror(id)
    for number in 1...2 as ClosedRange<UInt8> { check(talk.send([number], on: id) == .queued) }
    talk.sides[0].conversation.finish(id, now: .zero)
    talk.sides[1].conversation.finish(theirs, now: .zero)
    talk.settle(takes: false)
    #expect(talk.sides[0].events.last == .closed(id))
    let second = try talk.open(0)
    #expect(second.slot == id.slot)
    if isReset {
      talk.sides[0].conversation.reset(second)
    } else {
      check(talk.send([3], on: second) == .queued)
    }
    talk.settle(takes: false)
    talk.settle()
    #expect(talk.sides[1].came[theirs] == [[1], [2]])
    #expect(talk.sides[1].events.last == .closed(theirs))
    // It is asked about, and said again.
    talk.now = Instant.zero + .s(2)
    talk.step(0)
    talk.settle()
    #expect(talk.sides[1].came[Talk.mirror(second)] == (isReset ? nil : [[3]]))
    #expect(talk.sides.allSatisfy { $0.conversation.unconfirmed == 0 && $0.unconfirmed.isEmpty })
    #expect(talk.faults == [])
  }

  /// One that was greeted may have read what it was sent, though it never said so.
  @Test func oneThatDiesBeforeItConfirmsIsFoundOut() throws {
    var talk = Talk(ConversationSettings())
    talk.connect()
    talk.settle()
    let id = try talk.open(0)
    check(talk.send([7], on: id) == .queued)
    while talk.give(0, 0) {}
    while !talk.lines[0].toward[1].isEmpty { talk.read(1, 0) }
    check(talk.take(1, Talk.mirror(id)))
    talk.kill(1)
    talk.connect()
    talk.settle()
    #expect(talk.sides[0].unconfirmed == [id: Unconfirmed(first: 0, messages: [[7]])])
    #expect(talk.sides[0].restarts == 1)
    #expect(talk.sides[1].came.isEmpty)
    #expect(talk.faults == [])
  }

  /// Both have messages for each other as soon as they begin, and begin anew: it comes to an end.
  @Test(arguments: 0..<400 as Range<UInt64>) func whoSpeaksAtOnceIsNotRestartedForEver(seed: UInt64) throws {
    var random = RandomStream(seed: Seed(seed).derived("at once"))
    var (talk, _) = try begun()
    talk.speaksAtOnce = true
    for _ in 0..<6 {
      talk.kill(Int(random.below(2)))
      if random.below(3) == 0 { talk.kill(Int(random.below(2))) }
      talk.connect()
      if random.below(2) == 0 { talk.connect() }
      for _ in 0..<random.below(20) where !talk.lines.isEmpty {
        let line = Int(random.below(UInt64(talk.lines.count)))
        if random.below(2) == 0 { talk.give(Int(random.below(2)), line) } else { talk.read(Int(random.below(2)), line) }
      }
    }
    for _ in 0..<3 {
      if talk.lines.isEmpty { talk.connect() }
      talk.settle()
    }
    let restarts = talk.sides.map(\.restarts)
    #expect(restarts.allSatisfy { $0 < 20 }, "\(restarts)")
    let id = try talk.open(0)
    check(talk.send([5], on: id) == .queued)
    talk.settle()
    #expect(talk.sides[1].came[Talk.mirror(id)] == [[5]])
  }

  /// A stream that the other side has given up is kept while it can be read from; when it is ended before, what was not confirmed
  /// is told all the same.
  @Test(arguments: [false, true]) func aKeptStreamTellsWhatIsNotConfirmed(isReset: Bool) throws {
    var (talk, id) = try begun()
    let theirs = Talk.mirror(id)
    check(talk.send([1], on: id) == .queued)
    talk.sides[0].conversation.finish(id, now: .zero)
    talk.settle(takes: false)
    check(talk.send([9], on: theirs, by: 1) == .queued)
    talk.sides[0].conversation.reset(id)
    talk.settle(takes: false)
    #expect(talk.sides[1].conversation.streams == [theirs])
    let expected = Unconfirmed(first: 0, messages: [[9]])
    if isReset {
      check(talk.sides[1].conversation.reset(theirs) == expected)
    } else {
      let left = talk.sides[1].conversation.end()
      #expect(left.map(\.stream) == [theirs])
      #expect(left.map(\.unconfirmed) == [expected])
    }
  }

  /// On another link the end of a stream overtakes what was said about it before.
  @Test func anAckBehindTheEndOfItsStreamIsNoFault() throws {
    var (talk, id) = try begun(lines: 2)
    check(talk.send([1], on: id) == .queued)
    talk.sides[0].conversation.finish(id, now: .zero)
    talk.settle(takes: false)
    check(talk.send([9], on: Talk.mirror(id), by: 1) == .queued)
    for line in 0..<2 {
      while talk.give(1, line) {}
      while !talk.lines[line].toward[0].isEmpty { talk.read(0, line) }
    }
    for line in 0..<2 { while talk.give(0, line) {} }
    let slow = try #require(talk.lines.firstIndex { !$0.toward[1].isEmpty })
    talk.sides[0].conversation.reset(id)
    while talk.give(0, 1 - slow) {}
    while !talk.lines[1 - slow].toward[1].isEmpty { talk.read(1, 1 - slow) }
    while talk.lines.count == 2, !talk.lines[slow].toward[1].isEmpty { talk.read(1, slow) }
    #expect(talk.faults == [])
    #expect(talk.lines.count == 2)
    talk.settle()
    #expect(talk.sides[1].came[Talk.mirror(id)] == [[1]])
    #expect(talk.sides[1].unconfirmed == [Talk.mirror(id): Unconfirmed(first: 0, messages: [[9]])])
  }

  /// One that was sent nothing is gone, and the next has less room: what the first had granted does not count.
  @Test func theNextOneGrantsAnew() throws {
    var settings = ConversationSettings()
    (settings.messageMax, settings.window) = (100, 10_000)
    var talk = Talk(settings)
    talk.connect()
    talk.settle()
    let id = try talk.open(0)
    settings.window = 300
    talk.cut(talk.lines[0].number)
    talk.sides[1] = Talk.Side(conversation: Conversation(own: 77, settings))
    for number in 0..<9 as Range<UInt8> {
      check(talk.send([UInt8](repeating: number, count: 90), on: id) == .queued)
    }
    talk.connect()
    talk.settle()
    #expect(talk.faults == [])
    #expect(talk.sides[1].came[Talk.mirror(id)]?.count == 9)
  }

  /// An ack that says that a stream has come to its end, which it has not, confirms nothing: what is told of the stream later is
  /// all that was not told as confirmed.
  @Test func anAckThatContradictsItselfConfirmsNothing() throws {
    var (talk, id) = try begun()
    for number in 1...2 as ClosedRange<UInt8> { check(talk.send([number], on: id) == .queued) }
    let line = talk.lines[0].number
    while talk.sides[0].conversation.nextFrame(on: line) != nil {}
    let ack = PeerAck(before: 2, credit: 0, flags: PeerAck.Flags(isComplete: true))
    check(talk.sides[0].conversation.receive(.ack(id, ack), on: line, now: .zero) == .fault(.malformed))
    #expect(talk.sides[0].conversation.takeEvents().isEmpty)
    let left = talk.sides[0].conversation.reset(id)
    #expect(left == Unconfirmed(first: 0, messages: [[1], [2]]))
  }

  /// What is said before the end goes before it, and what would be late is left out.
  @Test func theEndComesLast() throws {
    var (talk, id) = try begun()
    check(talk.send([1], .lossy, on: id) == .queued)
    check(talk.send([2], .control, on: id) == .queued)
    check(talk.send([3], .control, on: id) == .queued)
    talk.sides[0].conversation.finish(id, now: .zero)
    var frames: [PeerFrame] = []
    while let frame = talk.sides[0].conversation.nextFrame(on: 1) { frames.append(frame) }
    #expect(frames == [.loose(id, .control, [2]), .loose(id, .control, [3]), .end(id, number: 0)])
  }

  /// However many streams are given up at once, the other side hears of each.
  @Test func manyResetsAreAllTold() throws {
    var (talk, _) = try begun(streams: 70)
    for side in 0..<2 { while talk.sides[side].conversation.open(now: .zero) != nil {} }
    talk.settle()
    #expect(talk.sides.map { $0.conversation.streams.count } == [140, 140])
    for id in talk.sides[0].conversation.streams { talk.sides[0].conversation.reset(id) }
    // A slot that is used again and again has one thing to say.
    for _ in 0..<1_000 {
      let id = try talk.open(0)
      talk.sides[0].conversation.reset(id)
    }
    #expect(talk.sides[0].conversation.replies.count <= 140)
    talk.settle()
    #expect(talk.sides[1].conversation.streams.isEmpty)
    #expect(talk.faults == [])
  }

  /// The frame that said that a stream is over was lost: whoever goes on to speak on it is told again.
  @Test(arguments: SendClass.allCases) func whoSpeaksOnAStreamThatIsOverIsTold(kind: SendClass) throws {
    var (talk, id) = try begun()
    talk.sides[0].conversation.reset(id)
    talk.give(0, 0, isLost: true)
    talk.settle()
    #expect(talk.sides[1].conversation.streams == [Talk.mirror(id)])
    check(talk.send([1], kind, on: Talk.mirror(id), by: 1) == .queued)
    talk.settle()
    #expect(talk.sides[1].conversation.streams.isEmpty)
  }
}
