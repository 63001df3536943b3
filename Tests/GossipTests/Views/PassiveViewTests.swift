import MixNet
import Testing

@testable import Gossip

struct PassiveViewTests {
  private let now = Instant(ns: 10_000_000_000_000)

  /// Made-up records fill their teller's share and nothing else.
  @Test func aLiarFillsAQuarter() {
    var view = PassiveView(capacity: 36, limitsNetgroups: true)
    for number in 0..<12 { view.met(node(number), now: now, rests: now) }
    for number in 20..<32 { view.hear(node(number), heard: now, teller: node(number % 2).id) }
    let liar = node(99).id
    for number in 1_000..<3_000 { view.hear(node(number), heard: now + .s(1), teller: liar) }
    #expect(view.entries.count { $0.teller == liar } == 9)
    #expect(view.entries.count { $0.isTried } == 12)
    #expect(view.entries.count { $0.teller != nil && $0.teller != liar } == 12)
  }

  /// Many liars fill what is hearsay, but nobody that this node has met goes for them.
  @Test func manyLiarsFillHalf() {
    var view = PassiveView(capacity: 36, limitsNetgroups: true)
    for number in 0..<40 { view.met(node(number), now: now, rests: now) }
    #expect(view.entries.count == 18)
    for number in 1_000..<9_000 { view.hear(node(number), heard: now + .s(1), teller: node(number % 50).id) }
    #expect(view.entries.count == 36 && view.entries.count { $0.isTried } == 18)
  }

  @Test func oneNetgroupFillsAnEighth() {
    var view = PassiveView(capacity: 48, limitsNetgroups: true)
    for number in 0..<200 { view.hear(node(number, group: 5), heard: now, teller: node(number % 20).id) }
    #expect(view.entries.count == 6)
    var open = PassiveView(capacity: 48, limitsNetgroups: false)
    for number in 0..<200 { open.hear(node(number, group: 5), heard: now, teller: node(number % 20).id) }
    #expect(open.entries.count == 48)
  }

  @Test func theOldestGoes() {
    var view = PassiveView(capacity: 30, limitsNetgroups: true)
    for number in 0..<30 {
      view.hear(node(number), heard: now + .s(UInt64(number)), teller: node(50 + number).id)
    }
    view.hear(node(40), heard: now + .s(100), teller: node(99).id)
    #expect(view.entries.count == 30 && view.find(node(0).id) == nil && view.find(node(1).id) != nil)
    // What is older than all does not push anybody out.
    view.hear(node(41), heard: now, teller: node(98).id)
    #expect(view.find(node(41).id) == nil)
    view.age(olderThan: .s(600), now: now + .s(611))
    #expect(view.entries.count == 20)
  }

  /// Nobody moves a node that was met to another address.
  @Test func hearsayMovesNobodyWhoWasMet() {
    var view = PassiveView(capacity: 30, limitsNetgroups: true)
    let (true1, false1) = (node(1), node(1, group: 9, incarnation: 99))
    view.met(true1, now: now, rests: now)
    view.hear(false1, heard: now, teller: node(5).id)
    #expect(view.find(true1.id)?.record == true1)
    view.hear(node(2), heard: now, teller: node(5).id)
    view.hear(node(2, group: 9, incarnation: 2), heard: now, teller: node(6).id)
    let moved = node(2, group: 9, incarnation: 2)
    #expect(view.find(moved.id)?.record == moved)
  }

  @Test func whoDoesNotAnswerIsForgotten() {
    var view = PassiveView(capacity: 30, limitsNetgroups: true)
    view.met(node(1), now: now, rests: now)
    view.hear(node(2), heard: now, teller: node(5).id)
    for number in 1...2 { view.failed(node(number).id, now: now, isAlone: false) }
    #expect(view.find(node(1).id) != nil && view.find(node(2).id) == nil)
    view.failed(node(1).id, now: now, isAlone: false)
    #expect(view.entries.isEmpty)
    // When nobody answers at all, it may be this node's own fault.
    view.hear(node(2), heard: now, teller: node(5).id)
    for _ in 0..<5 { view.failed(node(2).id, now: now, isAlone: true) }
    #expect(view.entries.count == 1)
    view.failed(node(2).id, now: now, isAlone: true)
    #expect(view.entries.isEmpty)
  }
}
