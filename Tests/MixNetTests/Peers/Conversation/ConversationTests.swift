import Testing

@testable import MixNet

@Suite struct ConversationTests {
  private var settings: ConversationSettings {
    var settings = ConversationSettings()
    settings.streamsMax = 4
    settings.messageMax = 1_000
    settings.window = 4_000
    settings.send = SendQueue.Bounds(count: 100, bytes: 100_000)
    return settings
  }

  private func begun() throws -> (Talk, StreamID) {
    var talk = Talk(settings)
    talk.connect()
    talk.settle()
    let id = try talk.open(0)
    return (talk, id)
  }

  @Test func framesReadAsTheyWereWritten() {
    let stream = StreamID(isOwn: true, slot: 3, generation: 9)
    let frames: [PeerFrame] = [
      .greet(PeerGreeting(own: 1, theirs: 2, streams: 3, window: 4)), .message(stream, number: 1 << 40, [1, 2]),
      .message(stream, number: 0, []), .loose(stream, .lossy, [5]), .loose(stream, .control, []),
      .ack(stream, PeerAck(before: 5, credit: .max, flags: .init(isAnswer: true, isComplete: true))), .ask(stream),
      .end(stream, number: 6), .gone(stream),
    ]
    for frame in frames {
      var bytes = [UInt8](repeating: 0, count: frame.size)
      var span = bytes.mutableSpan
      frame.write(to: &span)
      #expect(PeerFrame(bytes.span).map(mirrored) == frame)
      for size in 0..<bytes.count where size < 8 || bytes[0] != 1 && bytes[0] != 2 {
        #expect(PeerFrame(Array(bytes[..<size]).span) == nil)
      }
      #expect(frame.size <= PeerFrame.controlMax)
    }
  }

  /// What one side calls its own is the other side's.
  private func mirrored(_ frame: PeerFrame) -> PeerFrame {
    switch frame {
    case .greet: frame
    case .message(let id, let number, let bytes): .message(Talk.mirror(id), number: number, bytes)
    case .loose(let id, let kind, let bytes): .loose(Talk.mirror(id), kind, bytes)
    case .ack(let id, let ack): .ack(Talk.mirror(id), ack)
    case .ask(let id): .ask(Talk.mirror(id))
    case .end(let id, let number): .end(Talk.mirror(id), number: number)
    case .gone(let id): .gone(Talk.mirror(id))
    }
  }

  @Test func aStreamIsOpenedUsedAndClosed() throws {
    var (talk, id) = try begun()
    let theirs = Talk.mirror(id)
    check(talk.send([1], on: id) == .queued)
    talk.settle()
    check(talk.send([2, 3], on: theirs, by: 1) == .queued)
    talk.sides[0].conversation.finish(id, now: .zero)
    check(talk.send([9], on: id) == .dropped(.noStream))
    talk.settle()
    talk.sides[1].conversation.finish(theirs, now: .zero)
    talk.settle()
    #expect(talk.sides[1].came == [theirs: [[1]]])
    #expect(talk.sides[0].came == [id: [[2, 3]]])
    #expect(
      talk.sides[1].events == [
        .opened(theirs), .readable(theirs), .ended(theirs), .confirmed(theirs, before: 1), .finished(theirs),
        .closed(theirs),
      ])
    #expect(talk.sides[0].events.last == .closed(id))
    #expect(talk.sides.allSatisfy { $0.conversation.streams.isEmpty && $0.conversation.unconfirmed == 0 })
    #expect(talk.faults == [])
  }

  @Test func creditIsWithheldWhileTheApplicationLags() throws {
    var (talk, id) = try begun()
    for number in 0..<100 as Range<UInt8> {
      check(talk.send([UInt8](repeating: number, count: 484), on: id) == .queued)
    }
    check(talk.send([], on: id) == .full)
    talk.settle(takes: false)
    // Eight messages of 500 are what the window holds; they are confirmed, and nothing more comes.
    #expect(talk.sides[0].conversation.unconfirmed == 92)
    #expect(talk.sides[0].events.contains(.writable(id)) == false)
    // Another stream is not held up.
    let other = try talk.open(0)
    check(talk.send([7], on: other) == .queued)
    talk.settle(takes: false)
    check(talk.sides[1].conversation.take(from: Talk.mirror(other))?.bytes == [7])
    talk.settle()
    #expect(talk.sides[0].conversation.unconfirmed == 0)
    #expect(talk.sides[0].events.contains(.writable(id)))
    #expect(talk.sides[1].came[Talk.mirror(id)]?.count == 100)
  }

  @Test func oneThatBeginsAnewIsFoundOut() throws {
    var (talk, id) = try begun()
    for number in 0..<3 as Range<UInt8> {
      check(talk.send([number], on: id) == .queued)
    }
    talk.settle()
    for number in 3..<6 as Range<UInt8> {
      check(talk.send([number], on: id) == .queued)
    }
    talk.kill(1)
    talk.connect()
    talk.settle()
    #expect(talk.sides[0].unconfirmed == [id: Unconfirmed(first: 3, messages: [[3], [4], [5]])])
    #expect(talk.sides[0].restarts == 1)
    #expect(talk.sides[1].restarts == 0)
    #expect(talk.faults == [])
    // And the talk goes on.
    let fresh = try talk.open(1)
    check(talk.send([8], on: fresh, by: 1) == .queued)
    talk.settle()
    #expect(talk.sides[0].came[Talk.mirror(fresh)] == [[8]])
  }

  /// Both were here before, and each knows an incarnation of the other that is gone.
  @Test(arguments: 0..<400 as Range<UInt64>) func bothMayBeginAnewAtOnce(seed: UInt64) throws {
    var random = RandomStream(seed: Seed(seed))
    var (talk, _) = try begun()
    for _ in 0..<6 {
      talk.kill(Int(random.below(2)))
      talk.connect()
      if random.below(2) == 0 { talk.connect() }
      for _ in 0..<random.below(12) where !talk.lines.isEmpty {
        let line = Int(random.below(UInt64(talk.lines.count)))
        if random.below(2) == 0 { talk.give(Int(random.below(2)), line) } else { talk.read(Int(random.below(2)), line) }
      }
    }
    if talk.lines.isEmpty { talk.connect() }
    talk.settle()
    if talk.lines.isEmpty { talk.connect() }
    talk.settle()
    let id = try talk.open(0)
    check(talk.send([5], on: id) == .queued)
    talk.settle()
    #expect(talk.sides[1].came[Talk.mirror(id)] == [[5]])
    #expect(talk.sides[0].conversation.theirs == talk.sides[1].conversation.own)
    #expect(talk.sides[1].conversation.theirs == talk.sides[0].conversation.own)
  }

  @Test func aResetTellsBothWhatWasLost() throws {
    var (talk, id) = try begun()
    talk.settle()
    check(talk.send([1], on: id) == .queued)
    let theirs = Talk.mirror(id)
    check(talk.send([4], on: theirs, by: 1) == .queued)
    check(talk.sides[1].conversation.reset(theirs) == Unconfirmed(first: 0, messages: [[4]]))
    talk.settle()
    #expect(talk.sides[0].unconfirmed == [id: Unconfirmed(first: 0, messages: [[1]])])
    #expect(talk.sides.allSatisfy { $0.conversation.streams.isEmpty })
    // The slot is used again, by another stream.
    var ids: [StreamID?] = []
    for _ in 0..<5 { ids.append(talk.sides[0].conversation.open(now: .zero)) }
    #expect(ids.compactMap(\.self).count == 4)
    #expect(!ids.contains(id))
    #expect(ids.contains { $0?.slot == id.slot })
  }

  /// Who says all that it has to say, and goes at once, is heard to the end.
  @Test func whatHadComeCanBeTakenAfterAReset() throws {
    var (talk, id) = try begun()
    let theirs = Talk.mirror(id)
    for number in 0..<3 as Range<UInt8> { check(talk.send([number], on: id) == .queued) }
    talk.sides[0].conversation.finish(id, now: .zero)
    talk.settle(takes: false)
    check(talk.send([9], on: theirs, by: 1) == .queued)
    talk.sides[0].conversation.reset(id)
    talk.settle(takes: false)
    check(talk.send([9], on: theirs, by: 1) == .dropped(.noStream))
    #expect(talk.sides[1].unconfirmed.isEmpty)
    talk.settle()
    #expect(talk.sides[1].came[theirs] == [[0], [1], [2]])
    #expect(talk.sides[1].unconfirmed == [theirs: Unconfirmed(first: 0, messages: [[9]])])
    #expect(talk.sides[1].conversation.streams.isEmpty)
    #expect(talk.faults == [])
  }

  @Test func otherClassesAreBoundedAndNotResent() throws {
    var (talk, id) = try begun()
    var results: [SendResult] = []
    for number in 0..<70 as Range<UInt8> {
      results.append(talk.send([number], .lossy, on: id))
    }
    #expect(results.count { $0 == .queued } == 64)
    #expect(results.last == .full)
    check(talk.send([1], on: id) == .queued)
    check(talk.send([99], .control, on: id) == .queued)
    let large = [UInt8](repeating: 0, count: 1_001)
    for kind in SendClass.allCases {
      check(talk.send(large, kind, on: id) == .dropped(.tooLarge))
    }
    // The greeting of a new link takes the place of the one that is cut with some of them under way.
    for _ in 0..<10 { talk.give(0, 0) }
    talk.cut(talk.lines[0].number)
    talk.connect()
    talk.settle()
    let loose = talk.sides[1].cameLoose[Talk.mirror(id)] ?? []
    #expect(loose.count < 64)
    #expect(loose.map(\.bytes).allSatisfy { $0 != [0] })
    #expect(talk.sides[1].came[Talk.mirror(id)] == [[1]])
  }

  /// A frame that is lost on a link that goes on is found: by the gap before the next, or by asking.
  @Test func aGapIsFilledWithoutANewLink() throws {
    var (talk, id) = try begun()
    talk.settle()
    for number in 0..<3 as Range<UInt8> {
      check(talk.send([number], on: id) == .queued)
    }
    talk.give(0, 0, isLost: true)
    talk.settle()
    #expect(talk.sides[1].came[Talk.mirror(id)] == [[0], [1], [2]])
    check(talk.send([3], on: id) == .queued)
    talk.give(0, 0, isLost: true)
    talk.settle()
    #expect(talk.sides[0].conversation.unconfirmed == 1)
    #expect(talk.sides[0].conversation.next == Instant.zero + .s(2))
    talk.now = Instant.zero + .s(2)
    talk.step(0)
    talk.settle()
    #expect(talk.sides[1].came[Talk.mirror(id)]?.last == [3])
    #expect(talk.sides[0].conversation.next == .never)
  }

  /// A greeting that was lost leaves one side waiting: it gives the link up.
  @Test func aLinkWithoutAGreetingIsGivenUp() {
    var talk = Talk(settings)
    talk.connect()
    talk.give(0, 0, isLost: true)
    talk.settle()
    #expect(talk.sides[0].conversation.isConnected)
    #expect(!talk.sides[1].conversation.isConnected)
    #expect(talk.sides[1].conversation.next == Instant.zero + .s(2))
    talk.now = Instant.zero + .s(2)
    talk.step(0)
    #expect(talk.lines.count == 1)
    talk.step(1)
    #expect(talk.lines.isEmpty)
  }

  /// Streams of one line take turns by bytes; two lines are both used.
  @Test func streamsShareALineAndLinesShareTheStreams() throws {
    var settings = settings
    settings.window = 1 << 20
    var talk = Talk(settings)
    talk.connect()
    talk.settle()
    let ids = [try talk.open(0), try talk.open(0)]
    talk.settle()
    for _ in 0..<90 { check(talk.send([UInt8](repeating: 0, count: 1_000), on: ids[0]) == .queued) }
    for _ in 0..<100 { check(talk.send([UInt8](repeating: 1, count: 84), on: ids[1]) == .queued) }
    for _ in 0..<70 { talk.give(0, 0) }
    let sent = talk.lines[0].toward[1].map { ($0[16], $0.count) }
    let bytes = [0, 1].map { stream in sent.reduce(0) { $0 + ($1.0 == UInt8(stream) ? $1.1 : 0) } }
    #expect(abs(bytes[0] - bytes[1]) < 6_000, "\(bytes)")
    talk.connect()
    talk.settle()
    for id in ids {
      for _ in 0..<20 { check(talk.send([2], on: id) == .queued) }
    }
    for line in 0..<2 { while talk.give(0, line) {} }
    #expect(talk.lines.map { $0.toward[1].count } == [20, 20])
    talk.cut(talk.lines[0].number)
    talk.settle()
    #expect(ids.allSatisfy { talk.sides[1].came[Talk.mirror($0)]?.suffix(20) == ArraySlice(repeating: [2], count: 20) })
  }
}
