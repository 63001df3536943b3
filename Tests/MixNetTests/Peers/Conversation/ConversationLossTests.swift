import Testing

@testable import MixNet

/// A conversation over links that keep nothing of what links promise: frames are lost, come twice and overtake each other.
@Suite struct ConversationLossTests {
  private static let settings = {
    var settings = ConversationSettings()
    settings.streamsMax = 2
    settings.messageMax = 200
    settings.window = 2_000
    settings.send = SendQueue.Bounds(count: 20, bytes: 4_000)
    return settings
  }()

  private static let count = 150

  @Test(
    "fault 33: of a conversation's frames three tenths are lost and half come twice and in any order",
    arguments: 0..<60 as Range<UInt64>)
  func onceAndInOrder(seed: UInt64) throws {
    var random = RandomStream(seed: Seed(seed).derived("rough"))
    var talk = Talk(Self.settings)
    talk.connect()
    talk.settle()
    let ids = [try talk.open(0), try talk.open(1)]
    var given = [0, 0]
    var (lost, doubled, overtaken, steps) = (0, 0, 0, 0)
    func came(_ side: Int) -> [[UInt8]] { talk.sides[1 - side].came[Talk.mirror(ids[side])] ?? [] }
    while came(0).count < Self.count || came(1).count < Self.count {
      steps += 1
      guard steps < 500_000 else {
        return #expect(Bool(false), "stuck: \(came(0).count) \(came(1).count) \(talk.faults)")
      }
      talk.now = talk.now + .ms(random.below(10))
      if talk.lines.isEmpty { talk.connect() }
      let side = Int(random.below(2))
      switch random.below(16) {
      case 0..<2 where given[side] < Self.count:
        let message = Self.message(given[side], random.below(150))
        if talk.send(message, on: ids[side], by: side) == .queued { given[side] += 1 }
      case 2..<8:
        guard talk.give(side, 0) else { break }
        var frames = talk.lines[0].toward[1 - side]
        let frame = frames.removeLast()
        // What says who speaks is the first on a link, and comes: without it links are cut, and others begun.
        if Self.isGreeting(frame) { break }
        if random.below(10) < 3 {
          lost += 1
        } else {
          let first = frames.first.map(Self.isGreeting) == true ? 1 : 0
          for _ in 0...random.below(2) {
            let place = first + Int(random.below(UInt64(frames.count - first + 1)))
            overtaken += place < frames.count ? 1 : 0
            frames.insert(frame, at: place)
          }
          doubled += frames.count - talk.lines[0].toward[1 - side].count
        }
        talk.lines[0].toward[1 - side] = frames
      case 8..<13: talk.read(side, 0)
      case 13:
        for id in talk.sides[side].conversation.streams { talk.take(side, id) }
      default: talk.step(side)
      }
    }
    for side in 0..<2 {
      for (place, bytes) in came(side).enumerated() { #expect(bytes == Self.message(place, UInt64(bytes.count - 2))) }
      #expect(came(side).count == Self.count)
    }
    #expect(lost > 50 && doubled > 50 && overtaken > 20)
    #expect(talk.sides.allSatisfy { $0.restarts == 0 && $0.unconfirmed.isEmpty })
  }

  private static func isGreeting(_ bytes: [UInt8]) -> Bool {
    if case .greet = PeerFrame(bytes.span) { true } else { false }
  }

  private static func message(_ number: Int, _ size: UInt64) -> [UInt8] {
    [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
      + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Int(size))
  }
}
