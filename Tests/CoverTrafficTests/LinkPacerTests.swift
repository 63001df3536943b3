import MixNet
import Testing

@testable import CoverTraffic

struct LinkPacerTests {
  private let begin = Instant(ns: 5_000_000_000)

  private func node(_ number: Int) -> Bytes32 { Bytes32(words: [UInt64(number) + 1, 0, 0, 0]) }

  /// Links to these nodes with a tick each 20 ms, from `begin` on.
  private func pacer(to nodes: [Int], queueMax: Int = 4, capacity: Int = 100) -> LinkPacer {
    var pacer = LinkPacer(interval: .ms(20), queueMax: queueMax, capacity: capacity)
    setLinks(&pacer, nodes, begin)
    return pacer
  }

  private func setLinks(_ pacer: inout LinkPacer, _ nodes: [Int], _ begin: Instant, seed: UInt64 = 1) {
    var random = RandomStream(seed: Seed(seed))
    pacer.setLinks(nodes.map { (node: node($0), place: $0) }, from: begin, &random)
  }

  /// Lets so many milliseconds pass; tells at which of them each link has ticked.
  private func run(_ pacer: inout LinkPacer, ms: Int, _ each: (inout LinkPacer) -> Void) -> [[Int]] {
    var ticks = [[Int]](repeating: [], count: pacer.links.count)
    for ms in 0..<ms {
      each(&pacer)
      for link in pacer.links.indices {
        if pacer.tick(link, begin + .ms(UInt64(ms))) != nil { ticks[link].append(ms) }
      }
      while pacer.leave() != nil {}
    }
    return ticks
  }

  /// A tick each interval from some millisecond of the first one on, the same whether packets come or not; links differ.
  @Test func ticksDoNotDependOnPackets() {
    var idle = pacer(to: [0, 1, 2])
    var busy = idle
    var random = RandomStream(seed: Seed(2))
    let quiet = run(&idle, ms: 1_000) { _ in }
    let loaded = run(&busy, ms: 1_000) { pacer in
      for link in 0..<3 where random.below(15) == 0 { _ = pacer.admit(for: node(link)) }
    }
    #expect(quiet == loaded)
    #expect(busy.counts.packets > 100)
    for ticks in quiet {
      #expect(ticks.count == 50)
      #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $1 - $0 == 20 })
    }
    #expect(Set(quiet.compactMap(\.first)).count > 1)
  }

  /// The first tick is as likely at one millisecond of the interval as at another.
  @Test func phasesAreSpread() {
    var counts = [Int](repeating: 0, count: 20)
    for seed in 1...2_000 as ClosedRange<UInt64> {
      var pacer = LinkPacer(interval: .ms(20), queueMax: 1, capacity: 1)
      setLinks(&pacer, [0], begin + Nanos(1), seed: seed)
      let phase = pacer.next - begin
      #expect(phase.ns % 1_000_000 == 0)
      counts[Int(phase.ms) - 1] += 1
    }
    // A hundred each; five standard deviations.
    #expect(counts.allSatisfy { abs($0 - 100) < 50 })
  }

  /// The longest waiting packet leaves, one at a tick; then drop messages again. A full queue takes none.
  @Test func theOldestLeavesFirst() {
    var pacer = pacer(to: [7])
    let admitted = (0..<6).map { _ in pacer.admit(for: node(7)) }
    #expect(admitted == [.waits, .waits, .waits, .waits, .full, .full])
    var hold = [0, 1, 2, 3]
    var left: [Int] = []
    var whats: [LinkPacer.Tick] = []
    for _ in 0..<6 {
      if let tick = pacer.tick(0, pacer.next) { whats.append(tick) }
      while let place = pacer.leave() {
        left.append(hold[place])
        hold[place] = hold[hold.count - 1]
        hold.removeLast()
      }
    }
    #expect(left == [0, 1, 2, 3])
    #expect(whats == [.packet, .packet, .packet, .packet, .drop, .drop])
  }

  /// All links together have room for so many.
  @Test func roomIsBounded() {
    var pacer = pacer(to: [0, 1], capacity: 5)
    let admitted = (0..<4).map { _ in pacer.admit(for: node(0)) } + (0..<4).map { _ in pacer.admit(for: node(1)) }
    #expect(admitted.count { $0 == .waits } == 5)
    #expect(pacer.count == 5)
  }

  /// What goes elsewhere passes, and is counted.
  @Test func othersPass() {
    var pacer = pacer(to: [0])
    let other = pacer.admit(for: node(1))
    #expect(other == .passes)
    #expect(pacer.counts.unshaped == 1)
    #expect(pacer.count == 0)
  }

  /// A loop takes the next tick, before packets that wait; so many of them wait and no more.
  @Test func loopsGoFirst() {
    var pacer = pacer(to: [0])
    _ = pacer.admit(for: node(0))
    let routes = (0..<LinkPacer.loopsMax + 1).map { CoverRoute([0, $0]) }
    let taken = routes.count { pacer.awaitLoop($0) }
    #expect(taken == LinkPacer.loopsMax)
    let whats = routes.indices.map { _ in pacer.tick(0, pacer.next) }
    #expect(whats == routes.dropLast().map { .loop($0) } + [.packet])
  }

  /// A loop waits for its own first link; when nodes have other places it goes on by them, and not at all by one that is gone.
  @Test func loopsKeepTheirWay() {
    var pacer = pacer(to: [0, 1])
    let awaited = [CoverRoute([1, 5]), CoverRoute([0, 5]), CoverRoute([1, 6])].map { pacer.awaitLoop($0) }
    #expect(awaited == [true, true, true])
    let first = pacer.tick(0, pacer.links[0].next)
    #expect(first == .loop(CoverRoute([0, 5])))
    pacer.renumber([0, 8, nil, nil, nil, 2, nil])
    #expect(pacer.loops == [CoverRoute([8, 2])])
    var random = RandomStream(seed: Seed(1))
    pacer.setLinks([(node: node(0), place: 0), (node: node(1), place: 8)], from: begin, &random)
    let second = pacer.tick(1, pacer.links[1].next)
    #expect(second == .loop(CoverRoute([8, 2])))
    _ = pacer.awaitLoop(CoverRoute([8, 2]))
    pacer.setLinks([(node: node(0), place: 0)], from: begin, &random)
    #expect(pacer.loops.isEmpty)
  }

  /// Ticks that come late by less than an interval do not move the others: a thousand of them take a thousand intervals.
  @Test func lateTicksDoNotDrift() {
    var pacer = pacer(to: [0])
    var random = RandomStream(seed: Seed(3))
    let first = pacer.next
    for _ in 0..<1_000 {
      let ticked = pacer.tick(0, pacer.next + .us(random.below(20_000)))
      #expect(ticked == .drop)
    }
    #expect(pacer.next == first + .s(20))
    #expect(pacer.counts.missed == 0)
  }

  /// After a long pause one packet leaves, the ticks in it are counted as missed, and the rhythm is the same as before.
  @Test func aPauseIsNoBurst() {
    var pacer = pacer(to: [0])
    for _ in 0..<3 { _ = pacer.admit(for: node(0)) }
    let late = pacer.next + .s(10) + .ms(5)
    let ticks = (0..<5).map { _ in pacer.tick(0, late) }
    #expect(ticks == [.packet, nil, nil, nil, nil])
    #expect(pacer.leavingCount == 1)
    #expect(pacer.counts.missed == 500)
    #expect(pacer.next == late + .ms(15))
  }

  /// Other links: those that stay keep rhythm and packets, whatever their number is then; what waits for others leaves at once.
  @Test func linksComeAndGo() {
    var pacer = pacer(to: [0, 1, 2])
    let (next, other) = (pacer.links[2].next, pacer.links[0].next)
    for number in [0, 0, 1, 2, 2, 2] { _ = pacer.admit(for: node(number)) }
    _ = pacer.awaitLoop(CoverRoute([2, 9]))
    setLinks(&pacer, [2, 3, 0], begin + .s(9), seed: 5)
    #expect(pacer.leavingCount == 1)
    let left = pacer.leave()
    // The one for node 1 came third.
    #expect(left == 2)
    #expect(pacer.links.map(\.place) == [2, 3, 0])
    #expect(pacer.links[0].next == next)
    #expect(pacer.links[2].next == other)
    #expect(pacer.links[1].next >= begin + .s(9))
    let whats = (0..<4).map { _ in pacer.tick(0, pacer.links[0].next) }
    #expect(whats == [.loop(CoverRoute([2, 9])), .packet, .packet, .packet])
    pacer.stop()
    #expect(pacer.count == 5)
    #expect(pacer.leavingCount == 5)
    #expect(pacer.next == .never)
    let after = pacer.admit(for: node(2))
    #expect(after == .passes)
  }
}
