import Gossip
import MixNet
import Testing

struct GossipTreeTests {
  /// The first message of an origin floods; the second one comes to each node once, over as many links as there are nodes less one, and no later
  /// than in a flood.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func theFirstMessageMakesATree(seed: UInt64) {
    let network = TreeNetwork(200, degree: 6, seed: seed)
    let first = network.publish(0)
    network.run(for: .s(3))
    let flood = network.pushes
    #expect(flood > 2 * 199)
    for _ in 0..<5 {
      let before = network.pushes
      let second = network.publish(0)
      network.run(for: .s(3))
      #expect(network.pushes - before == 199)
      let times = [first, second].map { id in
        network.arrivals.filter { $0.id == id }.map { $0.at - (network.published[id]?.at ?? .zero) }.sorted { $0 < $1 }
      }
      #expect(times[1].count == 199 && times[0] == times[1])
    }
    #expect(network.grafts == 0)
  }

  /// Each origin has a tree of its own: that of one says nothing of the others.
  @Test func everybodySends() {
    let network = TreeNetwork(100, degree: 6, seed: 1)
    for _ in 0..<3 {
      for node in 0..<100 {
        _ = network.publish(node)
        network.run(for: .ms(20))
      }
    }
    network.run(for: .s(5))
    let before = (network.pushes, network.arrivals.count)
    for node in 0..<100 { _ = network.publish(node) }
    network.run(for: .s(5))
    let (pushes, arrivals) = (network.pushes - before.0, network.arrivals.count - before.1)
    #expect(arrivals == 100 * 99)
    #expect(Double(pushes) / Double(arrivals) - 1 < 0.01)
  }

  /// Nodes crash and links break, while messages are under way: whoever is connected gets all.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func aTreeIsMended(seed: UInt64) {
    let network = TreeNetwork(200, degree: 6, seed: seed)
    for _ in 0..<3 {
      _ = network.publish(0)
      network.run(for: .s(1))
    }
    let during = network.publish(0)
    network.run(for: .ms(60))
    // The ring stays for those who are left, by the other links of each.
    for node in stride(from: 10, to: 200, by: 10) { network.crash(node) }
    network.run(for: .s(3))
    let after = (0..<3).map { _ in
      let id = network.publish(0)
      network.run(for: .s(3))
      return id
    }
    for id in [during] + after {
      let without = network.nodes.indices.filter { network.nodes[$0].isUp && network.nodes[$0].messages[id] == nil }
      #expect(without.isEmpty, "\(without)")
    }
  }

  /// Of ten frames one is lost: announcements find what is missing.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func whatIsLostIsAskedFor(seed: UInt64) {
    let network = TreeNetwork(100, degree: 6, seed: seed)
    network.lossPerMille = 100
    let ids = (0..<50).map { _ in
      let id = network.publish(7)
      network.run(for: .ms(500))
      return id
    }
    network.run(for: .s(10))
    let missed = ids.reduce(0) { sum, id in sum + network.nodes.count { $0.messages[id] == nil } }
    #expect(network.grafts > 0)
    // Anti-entropy is for the rest.
    #expect(missed <= 5, "\(missed) of 5000")
  }

  /// Who announces what there is not costs no more memory than there is, and makes the tree forget no origin.
  @Test func announcementsAreBounded() {
    var settings = TreeSettings()
    settings.missingMax = 100
    settings.originsMax = 4
    var tree = GossipTree(settings)
    tree.came(0)
    tree.came(1)
    var effects: [TreeEffect] = []
    let now = Instant(ns: 1)
    tree.accept(Bytes16([1]), origin: 7, hop: 1, from: 0, now: now, &effects)
    tree.duplicate(origin: 7, from: 1, &effects)
    #expect(effects == [.push(Bytes16([1]), to: Slots([1]), hop: 2), .prune(origin: 7, to: 1)])
    for number in 0..<10_000 as Range<UInt64> {
      let id = Bytes16(words: [number, 9])
      tree.announced(Announcement(id: id, origin: number, hop: 1), by: 1, now: now)
      tree.pruned(origin: number &+ 1 << 32, by: 1)
    }
    // One neighbour takes an eighth of the room.
    #expect(tree.overlooked == 9_988)
    effects = []
    tree.accept(Bytes16([2]), origin: 7, hop: 1, from: 0, now: now, &effects)
    #expect(effects.isEmpty, "the tree of origin 7 is as it was: its other neighbour is told in time")
    // All that is announced is asked for, so many times, and given up.
    var time = now
    for _ in 0..<10_000 where tree.next < .never {
      time = max(time, tree.next)
      tree.tick(time, &effects)
      _ = tree.takeAnnouncements(of: 1)
    }
    #expect(tree.next == .never && tree.givenUp == 12)
    #expect(effects.count { if case .graft = $0 { true } else { false } } == 12 * settings.triesMax)
  }
}

/// The figures by which trees are judged; see docs/gossip.md.
struct TreeFigureTests {
  struct Figures {
    var delivered = 0.0
    /// Frames with a payload a first delivery, less one.
    var redundancy = 0.0
    var lastHop = 0.0
    var p50 = Nanos.zero
    var p99 = Nanos.zero
  }

  /// So many messages of some publishers in turn, the first of each not counted.
  private static func measure(_ count: Int, publishers: Int, messages: Int, degree: Int, seed: UInt64 = 1) -> Figures {
    let network = TreeNetwork(count, degree: degree, seed: seed)
    for publisher in 0..<publishers {
      _ = network.publish(publisher * (count / publishers))
      network.run(for: .ms(50))
    }
    network.run(for: .s(5))
    let (pushes, arrivals) = (network.pushes, network.arrivals.count)
    var ids: Set<Bytes16> = []
    for message in 0..<messages {
      ids.insert(network.publish(message % publishers * (count / publishers)))
      network.run(for: .ms(50))
    }
    network.run(for: .s(5))
    let new = network.arrivals.dropFirst(arrivals)
    let times = new.map { $0.at - (network.published[$0.id]?.at ?? .zero) }.sorted { $0 < $1 }
    var hops: [Bytes16: UInt8] = [:]
    for arrival in new { hops[arrival.id] = max(hops[arrival.id] ?? 0, arrival.hop) }
    return Figures(
      delivered: Double(new.count) / Double(messages * (count - 1)),
      redundancy: Double(network.pushes - pushes) / Double(new.count) - 1,
      lastHop: Double(hops.values.reduce(0) { $0 + Int($1) }) / Double(messages),
      p50: times[times.count / 2], p99: times[times.count * 99 / 100])
  }

  @Test func oneSender() {
    let figures = Self.measure(1_000, publishers: 1, messages: 20, degree: 6)
    #expect(figures.delivered == 1 && figures.redundancy <= 0.02 && figures.lastHop <= 11, "\(figures)")
  }

  @Test func fiftySenders() {
    let figures = Self.measure(1_000, publishers: 50, messages: 100, degree: 6)
    #expect(figures.delivered == 1 && figures.redundancy <= 0.1, "\(figures)")
    #expect(figures.p50 <= .ms(120) && figures.p99 <= .ms(170), "\(figures)")
  }

  @Test func allSend() {
    let figures = Self.measure(300, publishers: 300, messages: 300, degree: 6)
    #expect(figures.delivered == 1 && figures.redundancy <= 0.05, "\(figures)")
  }
}
