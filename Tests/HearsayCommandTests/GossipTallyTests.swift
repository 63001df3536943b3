import MixNet
import Testing

@testable import HearsayCommand

/// The account of the gossip demo, without a cluster.
@Suite struct GossipTallyTests {
  private let now = Instant.zero

  @Test func everyPairIsCounted() {
    var tally = GossipTally(nodes: 3)
    for number in 0..<4 {
      #expect(tally.sent(to: number % 3, now) == number)
      tally.taken(number)
    }
    for number in 0..<4 {
      for node in 0..<3 where (number, node) != (2, 1) { tally.came(number, to: node, now + .ms(5)) }
    }
    tally.came(0, to: 2, now)
    tally.came(nil, to: 2, now)
    tally.came(99, to: 2, now)
    #expect(tally.published == 4 && tally.delivered == 11 && tally.wrong == 2 && tally.lostWithNode == 0)
    #expect(tally.row(1) == .init(published: 1, delivered: 3, expected: 4, missing: 1, duplicates: 0))
    #expect(tally.row(2) == .init(published: 1, delivered: 4, expected: 4, missing: 0, duplicates: 1))
    #expect(tally.percentile(50) == 5)
  }

  @Test func whoIsGoneOwesNothingAndWhoJoinsOwesTheRest() {
    var tally = GossipTally(nodes: 4)
    tally.isGone(3)
    for number in 0..<3 {
      _ = tally.sent(to: number, now)
      tally.taken(number)
      if number != 1 { for node in 0..<3 { tally.came(number, to: node, now) } }
    }
    // The second one's message went with it; had one other had it, all must have it.
    tally.isGone(1)
    #expect(tally.lostWithNode == 1 && tally.published == 2)
    #expect(tally.rows.map(\.missing) == [0, 0, 0, 0] && tally.row(1).expected == 0)
    tally.came(1, to: 0, now)
    #expect(tally.lostWithNode == 0 && tally.rows.map(\.missing) == [0, 0, 1, 0])
    tally.came(1, to: 2, now)
    tally.isBack(3)
    tally.joined(3)
    #expect(tally.row(3).expected == 0)
    tally.taken(tally.sent(to: 3, now))
    #expect(tally.row(3) == .init(published: 1, delivered: 0, expected: 1, missing: 1, duplicates: 0))
  }

  /// What no node has taken is nobody's message.
  @Test func whatWasNotTakenIsNotMissing() {
    var tally = GossipTally(nodes: 2)
    _ = tally.sent(to: 0, now)
    #expect(tally.published == 0 && tally.rows.map(\.missing) == [0, 0])
  }
}
