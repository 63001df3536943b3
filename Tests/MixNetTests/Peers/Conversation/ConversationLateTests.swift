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
}
