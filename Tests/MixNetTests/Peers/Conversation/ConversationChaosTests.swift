import Testing

@testable import MixNet

/// Conversations over links that lose, break and overtake each other, under many seeds.
@Suite struct ConversationChaosTests {
  private static let settings = {
    var settings = ConversationSettings()
    settings.streamsMax = 4
    settings.messageMax = 200
    settings.window = 600
    settings.send = SendQueue.Bounds(count: 10, bytes: 1_000)
    settings.loose = SendQueue.Bounds(count: 5, bytes: 500)
    settings.quantum = 100
    return settings
  }()

  /// Both sides open streams, write and read at their own pace; every message comes once and in order, what is held stays
  /// within its bounds, and in the end every stream is closed with nothing unconfirmed.
  @Test(arguments: 0..<150 as Range<UInt64>) func onceInOrderAndBounded(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    var talk = Talk(Self.settings)
    let count = 120
    let loss = [0, 0, 1, 10][Int(seed % 4)]
    var given: [[StreamID: Int]] = [[:], [:]]
    var steps = 0
    for side in 0..<2 {
      for _ in 0..<2 {
        guard let id = talk.sides[side].conversation.open(now: talk.now) else { return #expect(Bool(false)) }
        given[side][id] = 0
      }
    }
    var isDone = false
    while !isDone {
      steps += 1
      guard steps < 300_000 else { return #expect(Bool(false), "stuck: \(given) \(talk.faults)") }
      let side = Int(random.below(2))
      talk.now = talk.now + .ms(random.below(20))
      if talk.lines.count < 1 || (talk.lines.count < 3 && random.below(50) == 0) { talk.connect() }
      let line = Int(random.below(UInt64(talk.lines.count)))
      switch random.below(20) {
      case 0..<4:
        let ids = talk.sides[side].conversation.streams
        guard !ids.isEmpty else { break }
        let id = ids[Int(random.below(UInt64(ids.count)))]
        let number = given[side][id] ?? 0
        if number < count {
          let result = talk.sides[side].conversation.send(
            message(number, Int(random.below(190))), .reliable, on: id, now: talk.now)
          if result == .queued { given[side][id] = number + 1 }
        } else {
          talk.sides[side].conversation.finish(id, now: talk.now)
        }
      case 4..<10: talk.give(side, line, isLost: random.below(100) < loss)
      case 10..<16: talk.read(side, line)
      case 16..<18:
        let ids = talk.sides[side].conversation.streams
        if !ids.isEmpty { talk.take(side, ids[Int(random.below(UInt64(ids.count)))]) }
      case 18:
        if random.below(60) == 0 { talk.cut(talk.lines[line].number) }
      default: talk.step(side)
      }
      for side in talk.sides {
        for slot in side.conversation.slots {
          guard let stream = slot.stream else { continue }
          if stream.sender.unconfirmed > 10 || stream.receiver.waiting > 600 / 16 { return #expect(Bool(false)) }
        }
      }
      isDone = talk.sides.allSatisfy { $0.conversation.streams.isEmpty }
    }
    // Where the link has lost a greeting, it is cut.
    #expect(talk.faults.allSatisfy { $0 == .greeting && loss > 0 }, "\(talk.faults)")
    for side in 0..<2 {
      #expect(given[side].count == 4)
      for (id, sent) in given[side] {
        let came = talk.sides[1 - side].came[Talk.mirror(id)] ?? []
        #expect(came.count == sent)
        #expect(came.enumerated().allSatisfy { $0.element == message($0.offset, $0.element.count - 2) })
      }
      let gone = talk.sides[side].unconfirmed
      #expect(gone.isEmpty, "\(gone)")
    }
  }

  private func message(_ number: Int, _ size: Int) -> [UInt8] {
    [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
      + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
  }

  /// One side is killed again and again. What the other is told covers all that it has sent, and whatever is not in it has come.
  @Test(arguments: 0..<60 as Range<UInt64>) func whatIsNotConfirmedIsTold(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed).derived("kill"))
    var talk = Talk(Self.settings)
    var given: [StreamID: Int] = [:]
    var told = 0
    for _ in 0..<8 {
      talk.connect()
      if random.below(2) == 0 { talk.connect() }
      for _ in 0..<random.below(300) where !talk.lines.isEmpty {
        talk.now = talk.now + .ms(random.below(20))
        let line = Int(random.below(UInt64(talk.lines.count)))
        switch random.below(8) {
        case 0:
          if talk.sides[0].conversation.streams.count < 3, let id = talk.sides[0].conversation.open(now: talk.now) {
            given[id] = 0
          }
        case 1..<3:
          guard let id = talk.sides[0].conversation.streams.first(where: { _ in random.below(2) == 0 }) else { break }
          let number = given[id] ?? 0
          if talk.send(message(number, Int(random.below(100))), on: id) == .queued { given[id] = number + 1 }
        case 3..<5: talk.give(Int(random.below(2)), line)
        case 5..<7:
          talk.read(Int(random.below(2)), line)
          for id in talk.sides[1].conversation.streams { while talk.take(1, id) {} }
        default:
          if random.below(20) == 0 { talk.cut(talk.lines[line].number) } else { talk.step(Int(random.below(2))) }
        }
      }
      let before = talk.sides[1]
      talk.sides[0].unconfirmed = [:]
      talk.kill(1)
      talk.connect()
      talk.settle()
      for (id, count) in given {
        // One of which the killed side's application had nothing was taken over by the next.
        guard let left = talk.sides[0].unconfirmed[id] else {
          #expect(before.came[Talk.mirror(id)] == nil)
          continue
        }
        told += 1
        #expect(Int(left.first) + left.messages.count == count)
        #expect((before.came[Talk.mirror(id)]?.count ?? 0) >= Int(left.first))
        for (place, bytes) in left.messages.enumerated() {
          #expect(bytes == message(Int(left.first) + place, bytes.count - 2))
        }
        given[id] = nil
      }
      for id in given.keys where talk.sides[0].conversation.streams.contains(id) {
        talk.sides[0].conversation.reset(id)
        given[id] = nil
      }
      talk.settle()
    }
    #expect(talk.faults == [])
    #expect(told > 0, "the test is about streams that are lost")
  }

  /// Nothing that a peer can say traps, or makes the conversation hold more than its bounds.
  @Test(arguments: 0..<100 as Range<UInt64>) func nonsenseDoesNoHarm(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed).derived("nonsense"))
    var conversation = Conversation(own: 7, Self.settings)
    var mine: [StreamID] = []
    for _ in 0..<2 { if let id = conversation.open(now: .zero) { mine.append(id) } }
    for number in 0..<5 { _ = conversation.send([UInt8(number)], .reliable, on: mine[0], now: .zero) }
    var line: UInt64 = 0
    var faults = 0
    for _ in 0..<2_000 {
      if line == 0 || random.below(50) == 0 {
        conversation.leave(line)
        line += 1
        conversation.join(line, now: .zero)
        let greeting = PeerGreeting(own: 9, theirs: 7, streams: UInt16(random.below(10)), window: 600)
        _ = conversation.receive(.greet(greeting), on: line, now: .zero)
      }
      var bytes = [UInt8](repeating: 0, count: Int(random.below(60)))
      var span = bytes.mutableSpan
      random.fill(&span)
      if bytes.count > 8, random.below(10) > 0 { disguise(&bytes, &random) }
      if let frame = PeerFrame(bytes.span) {
        switch conversation.receive(frame, on: line, now: .zero) {
        case .taken: break
        case .restarted(let greeting):
          _ = conversation.end()
          conversation = Conversation(own: random.next(), resuming: greeting, Self.settings)
          conversation.join(line, now: .zero)
          conversation.resume(on: line)
        case .fault:
          faults += 1
          conversation.leave(line)
          line += 1
          conversation.join(line, now: .zero)
        }
      }
      _ = conversation.takeEvents()
      for _ in 0..<random.below(3) { _ = conversation.nextFrame(on: line) }
      if random.below(9) == 0 { _ = conversation.step(Instant(ns: random.next())) }
      for id in conversation.streams where random.below(8) == 0 { _ = conversation.take(from: id) }
      #expect(conversation.streams.count <= 8)
      #expect(conversation.replies.count <= 16)
    }
    #expect(faults > 0)
  }

  /// Makes nonsense look like a frame about a stream that may exist.
  private func disguise(_ bytes: inout [UInt8], _ random: inout RandomStream) {
    bytes[0] = UInt8(random.below(7))
    bytes[1] = UInt8(random.below(2))
    (bytes[2], bytes[3]) = (0, UInt8(random.below(5)))
    for i in 4..<7 { bytes[i] = 0 }
    bytes[7] = UInt8(random.below(4))
    if bytes.count > 15, random.below(2) == 0 {
      for i in 8..<15 { bytes[i] = 0 }
      bytes[15] = UInt8(random.below(4))
    }
    let sizes = [23, bytes.count, bytes.count, 25, 8, 16, 8]
    let size = sizes[Int(bytes[0])]
    bytes = Array((bytes + [UInt8](repeating: 0, count: 25)).prefix(size))
    if bytes.count == 25 { bytes[24] = UInt8(random.below(4)) }
  }
}
