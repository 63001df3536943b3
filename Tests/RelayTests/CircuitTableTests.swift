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
}
