import MixNet
import Testing

@testable import MixHost
@testable import Relay

@Suite struct CircuitTableTests {
  private static func link(_ place: Int) -> LinkID { LinkID(worker: 0, place: place, generation: 1) }
  private static func origin(_ place: Int, _ id: UInt64 = 0) -> CircuitTable.Origin {
    CircuitTable.Origin(link: link(place), id: id)
  }

  @Test func answersGoBackToWhoAsked() {
    var table = CircuitTable(capacity: 10, idle: .s(60), firstID: 100)
    let a = table.forward(from: Self.origin(1), now: .zero)
    let b = table.forward(from: Self.origin(2, 7), now: .zero)
    let c = table.forward(from: Self.origin(2, 8), now: .zero)
    #expect([a, b, c] == [101, 102, 103])
    #expect(table.forward(from: Self.origin(1), now: .zero) == a)
    #expect(table.back(102, now: .zero) == Self.origin(2, 7))
    #expect(table.back(99, now: .zero) == nil)
  }

  @Test func aLinkTakesItsCircuitsWithIt() {
    var table = CircuitTable(capacity: 100, idle: .s(60), firstID: 0)
    for id in 0..<20 as Range<UInt64> { _ = table.forward(from: Self.origin(Int(id % 2), id), now: .zero) }
    table.close(link: Self.link(0))
    #expect(table.count == 10)
    for id in 1...20 as ClosedRange<UInt64> { #expect((table.back(id, now: .zero) == nil) == (id % 2 == 1)) }
    // The id is not used again by whoever comes next.
    #expect(table.forward(from: Self.origin(0, 0), now: .zero) == 21)
  }

  @Test func idleCircuitsEndAndUsedOnesStay() {
    var table = CircuitTable(capacity: 3, idle: .s(60), firstID: 0)
    _ = table.forward(from: Self.origin(1), now: .zero)
    _ = table.forward(from: Self.origin(2), now: .zero)
    _ = table.forward(from: Self.origin(3), now: .zero)
    #expect(table.forward(from: Self.origin(4), now: .zero) == nil)
    _ = table.back(2, now: .zero + .s(30))
    #expect(table.next == .zero + .s(60))
    table.expire(.zero + .s(60))
    #expect(table.count == 1 && table.next == .zero + .s(90))
    table.expire(.zero + .s(90))
    #expect(table.count == 0 && table.next == .never)
    table.close(link: Self.link(2))
  }

  /// One link opens circuits without end: others still get theirs, and a second flood leaves room too.
  @Test func noLinkTakesTheLastCircuits() {
    var table = CircuitTable(capacity: 1_200, idle: .s(60), firstID: 0)
    func flood(_ place: Int) -> Int {
      (0..<2_000 as Range<UInt64>).filter { table.forward(from: Self.origin(place, $0), now: .zero) != nil }.count
    }
    #expect(flood(1) == 600)
    #expect(flood(2) == 300)
    for place in 3..<103 { #expect(table.forward(from: Self.origin(place), now: .zero) != nil) }
    table.close(link: Self.link(1))
    #expect(table.count == 400 && flood(1) == 400)
  }

  /// Links come and go: what has ended leaves nothing behind.
  @Test func churnLeavesNothingBehind() {
    var list = AgeList<Int>()
    var now = Instant.zero
    let stays = list.add(-1, now)
    for number in 0..<100_000 {
      now = now + .ms(1)
      list.remove(list.add(number, now))
    }
    #expect(list.oldest?.element == -1 && list.places == 2)
    let second = list.add(7, now)
    list.use(stays, now)
    #expect(list.oldest?.element == 7)
    list.remove(second)
    list.remove(stays)
    #expect(list.oldest == nil)
  }
}
