import MixHost
import MixNet
import Testing

@testable import Reputation

/// Who is remembered, for how long, and what becomes of it when there are too many.
struct BookRoomTests {
  @Test func statisticsAreKept() {
    var ledger = Ledger(.full)
    ledger.tell(.success, 3)
    ledger.pass(10)
    ledger.tell(.failure)
    #expect(ledger.known()?.successRate == 0.75)
    #expect(ledger.known()?.firstSeen == .s(10) && ledger.known()?.lastSeen == .s(10))
    ledger.book.connect(Ledger.node(0), at: ledger.now)
    ledger.pass(100)
    #expect(ledger.known()?.isConnected == true && ledger.known()?.uptime == .s(100))
    #expect(ledger.known()?.lastSeen == .zero)
    // Two links are one connection.
    ledger.book.connect(Ledger.node(0), at: ledger.now)
    ledger.book.disconnect(Ledger.node(0), at: ledger.now)
    ledger.pass(50)
    ledger.book.disconnect(Ledger.node(0), at: ledger.now)
    ledger.book.disconnect(Ledger.node(0), at: ledger.now)
    ledger.pass(5)
    let known = ledger.known()
    #expect(known?.isConnected == false && known?.uptime == .s(150) && known?.lastSeen == .s(5))
    #expect(known?.firstSeen == .s(165))
    #expect(Conduct.allCases.map { known?.count($0) } == [3, 1, 0, 0, 0, 0])
    ledger.book.setOpinion(0, of: Ledger.node(1), at: ledger.now)
    #expect(ledger.known(1)?.successRate == nil)
  }

  /// Two hours after it was last heard of, a node is forgotten; not while it is connected.
  @Test(arguments: ScoreRules.Preset.allCases) func nodesAreForgotten(_ preset: ScoreRules.Preset) {
    var ledger = Ledger(preset)
    ledger.tell(.invalid, 3)
    ledger.book.connect(Ledger.node(1), at: ledger.now)
    ledger.pass(7_199)
    #expect(ledger.known() != nil && ledger.known(1) != nil)
    ledger.pass(1)
    #expect(ledger.known() == nil && ledger.score() == 0 && ledger.known(1) != nil)
    ledger.book.sweep(at: ledger.now)
    #expect(ledger.book.count == 1)
    ledger.book.disconnect(Ledger.node(1), at: ledger.now)
    ledger.pass(7_200)
    // Who comes back is new, whether somebody has swept or not.
    ledger.tell(.success, of: 1)
    #expect(ledger.known(1)?.firstSeen == .zero && ledger.known(1)?.uptime == .zero)
  }

  /// A flood of new names: memory stays bounded, and who was banned stays banned.
  @Test(arguments: ScoreRules.Preset.allCases) func newNamesPushOutNoBan(_ preset: ScoreRules.Preset) {
    for conduct in Conduct.allCases {
      var ledger = Ledger(preset, recordsMax: 64)
      for node in 0..<10 { ledger.tell(.forged, of: node) }
      for node in 10..<20 { ledger.book.connect(Ledger.node(node), at: ledger.now) }
      for node in 1_000..<6_000 {
        ledger.tell(conduct, of: node)
        ledger.now = ledger.now + .ms(600)
        #expect(ledger.book.count <= 64)
      }
      #expect((0..<10).allSatisfy { ledger.standing($0) == .banned })
      #expect((10..<20).allSatisfy { ledger.known($0)?.isConnected == true })
    }
  }

  /// Where all have done worse than a newcomer, none of them gives way to it.
  @Test(arguments: ScoreRules.Preset.allCases) func theWorseStay(_ preset: ScoreRules.Preset) {
    var ledger = Ledger(preset, recordsMax: 16)
    for node in 0..<16 { ledger.tell(.invalid, 3, of: node) }
    ledger.tell(.success, of: 100)
    ledger.pass(20)
    ledger.tell(.invalid, of: 101)
    #expect((0..<16).allSatisfy { ledger.known($0)?.count(.invalid) == 3 } && ledger.book.untracked == 2)
    // At once: that there was no room for a lighter one says nothing.
    check(ledger.tell(.forged, of: 102))
    #expect(ledger.standing(102) == .banned && ledger.book.count == 16)
  }

  /// Where bans have taken all places, nobody else is remembered until one ends, and nothing is looked for in vain each time.
  @Test func bansMayTakeAllPlaces() {
    var ledger = Ledger(.full, recordsMax: 16)
    for node in 0..<16 { ledger.tell(.forged, of: node) }
    for node in 16..<40 { check(!ledger.tell(.forged, of: node)) }
    #expect(ledger.book.untracked == 24 && ledger.book.displaced == 0)
    #expect((0..<16).allSatisfy { ledger.standing($0) == .banned } && ledger.standing(17) == .neutral)
    // The bans end, and are remembered for a day; then there is room.
    ledger.pass(3_600 + 86_400)
    check(ledger.tell(.forged, of: 17))
    #expect(ledger.standing(17) == .banned)
  }

  /// Of those who did nothing wrong the oldest goes first.
  @Test func theOldestGivesWay() {
    var ledger = Ledger(.full, recordsMax: 16)
    for node in 0..<16 {
      ledger.tell(.success, of: node)
      ledger.pass(1)
    }
    ledger.tell(.success, of: 0)
    ledger.tell(.success, of: 100)
    #expect(ledger.known(0) != nil && ledger.known(1) == nil && ledger.known(2) != nil && ledger.known(100) != nil)
  }

  /// Room is made for many at once: a flood of newcomers costs little.
  @Test func floodsAreCheap() {
    var ledger = Ledger(.full, recordsMax: 4_096)
    for node in 0..<200_000 { ledger.tell(.invalid, of: node) }
    #expect(ledger.book.count <= 4_096 && ledger.book.displaced >= 190_000)
  }
}
