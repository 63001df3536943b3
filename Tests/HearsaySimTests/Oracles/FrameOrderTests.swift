import MixNet
import Testing

@testable import HearsaySim

/// Frames leave on a link in the order in which their node has decided to send them.
@Suite struct FrameOrderTests {
  private func packet(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 40) }

  private func word(_ number: UInt8) -> UInt64 { (0..<8).reduce(0) { word, _ in word << 8 | UInt64(number) } }

  private func order(_ decided: [UInt8], left: [UInt8]) -> String? {
    let order = FrameOrder()
    for number in decided { order.decided(packet(number).span) }
    var last: UInt64 = 0
    for number in left { last = order.left(word(number), after: last, from: 1, to: 2) }
    return order.takeDisorder()
  }

  @Test func whatIsInOrderOrMissingIsFine() {
    #expect(order([1, 2, 3], left: [1, 2, 3]) == nil)
    #expect(order([1, 2, 3], left: [1, 3]) == nil)
    // Packets that nobody has decided to send, and one that is sent on again after it came back.
    #expect(order([1, 2], left: [1, 9, 2]) == nil)
    #expect(order([1, 2, 1], left: [2, 1]) == nil)
  }

  @Test func whatOvertakesIsSeenOnce() {
    let said = order([1, 2, 3], left: [2, 1, 3])
    #expect(said == "host 1 sent packet 1 to host 2 behind packet 2, which it had after it")
    #expect(order([1, 2, 3], left: [3, 2, 1])?.contains("packet 2") == true)
  }

  /// The real thing: a run's meter knows most of the packets that nodes have sent on.
  @Test func aRunTellsTheOrder() {
    let run = SimRun(RunSettings(seed: 5, nodes: 3, seconds: 4, faults: .named([]), crypto: .stub))
    #expect(run.run().violations.isEmpty)
    // All that was decided has left.
    #expect(run.order.open == 0)
  }
}
