import Gossip
import MixNet
import Testing

struct SwimNetworkTests {
  private func network(_ count: Int, seed: UInt64, _ settings: SwimSettings = SwimSettings(), loss: UInt64 = 0) throws
    -> SwimNetwork
  {
    let network = SwimNetwork(seed: seed)
    network.lossPerMille = loss
    for place in 0..<count { network.add(settings, seeds: [node(0).address], after: .ms(50) * UInt64(place)) }
    try network.run(for: .ms(50) * UInt64(count) + .s(10))
    return network
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>) func allKnowAll(seed: UInt64) throws {
    let network = try network(100, seed: seed, loss: 50)
    // With one datagram of twenty lost, somebody may be suspected just now; but nobody dies of it.
    #expect(network.live.allSatisfy { network.nodes[$0].swim.present == 100 })
    #expect(!network.words.contains { if case .dead = $0.effect { true } else { false } })
  }

  /// Nodes that are new to each other compare their lists, and after that there is nothing but the probes, however short the way.
  @Test(arguments: [2, 8, 32]) func whoHasMetIsQuiet(count: Int) throws {
    let network = SwimNetwork(seed: 12)
    network.latency = (.us(20), .us(60))
    for _ in 0..<count { network.add(seeds: [node(0).address]) }
    try network.run(for: .s(2))
    #expect(network.allKnow(network.live))
    let met = network.datagrams
    #expect(met < count * (count + 40), "lists, names and eight probes each")
    try network.run(for: .s(10))
    // Four probes a second and as many answers; one of the nodes compares its list now and then.
    #expect(network.datagrams - met < count * 90)
  }

  /// A node is killed, and nobody hears it: all know in four seconds.
  @Test(arguments: 1...10 as ClosedRange<UInt64>, [32, 64]) func aKill(seed: UInt64, count: Int) throws {
    let network = try network(count, seed: seed)
    let since = network.now
    network.crash(7)
    try network.run(for: .s(10))
    let deaths = network.deaths(of: 7, since: since)
    #expect(deaths.count == count - 1)
    #expect((deaths.max() ?? .s(99)) <= .s(4))
  }

  /// A node is killed, and its links break: all know in a second and a half.
  @Test(arguments: 1...10 as ClosedRange<UInt64>) func aKillWithAHint(seed: UInt64) throws {
    let network = try network(32, seed: seed)
    let since = network.now
    network.crash(7)
    try network.run(for: .ms(25))
    // Six neighbours see it.
    for place in [1, 5, 11, 17, 23, 30] {
      let id = node(7).id
      network.act(place) { $0.hint(id, now: $1, &$2) }
    }
    try network.run(for: .s(10))
    let deaths = network.deaths(of: 7, since: since)
    #expect(deaths.count == 31)
    #expect((deaths.max() ?? .s(99)) <= .ms(1_500))
  }

  /// A link breaks, but the node is there: nobody suspects it.
  @Test func aFalseHint() throws {
    let network = try network(32, seed: 1)
    let before = network.words.count
    for place in 0..<6 {
      let id = node(7).id
      network.act(place) { $0.hint(id, now: $1, &$2) }
    }
    try network.run(for: .s(10))
    #expect(network.words.count == before)
  }

  @Test func goodbye() throws {
    let network = try network(32, seed: 3)
    network.act(4) { $0.leave(now: $1, &$2) }
    network.crash(4)
    try network.run(for: .s(3))
    let left = network.words.count {
      if case .left(let record) = $0.effect { record == node(4, incarnation: 2) } else { false }
    }
    #expect(left == 31)
    #expect(network.deaths(of: 4, since: .zero).isEmpty)
    #expect(network.allKnow(network.live))
  }

  /// A node comes back with the incarnation that it kept, and all believe it.
  @Test func itComesBack() throws {
    let network = try network(32, seed: 4)
    network.crash(9)
    try network.run(for: .s(60))
    #expect(network.allKnow(network.live))
    network.restart(9, seeds: [node(3).address])
    try network.run(for: .s(5))
    #expect(network.allKnow(Array(0..<32)))
    #expect(network.nodes[9].incarnation >= 3)
  }

  /// The network falls in two, and each half takes the other for dead; when it is one again, they find each other.
  @Test func twoHalves() throws {
    let network = try network(20, seed: 5)
    network.isCut = { ($0 < 10) != ($1 < 10) }
    try network.run(for: .s(120))
    #expect(network.nodes[0].swim.present == 10 && network.nodes[15].swim.present == 10)
    network.isCut = { _, _ in false }
    try network.run(for: .s(60))
    #expect(network.allKnow(Array(0..<20)))
  }

  @Test func sameSeedSameBytes() throws {
    let (first, second, other) = (try network(20, seed: 7), try network(20, seed: 7), try network(20, seed: 8))
    #expect(first.digest == second.digest && first.datagrams == second.datagrams)
    #expect(first.digest != other.digest)
  }

  /// Only neighbours are watched, and nobody else is ever spoken of.
  @Test func neighboursOnly() throws {
    let network = SwimNetwork(seed: 6)
    var settings = SwimSettings()
    settings.mode = .neighbours
    let count = 40
    for _ in 0..<count { network.add(settings) }
    try network.run(for: .ms(1))
    for place in 0..<count {
      let peers = [1, 2, 5, count - 1, count - 2, count - 5].map { node((place + $0) % count) }
      network.act(place) { $0.watch(peers, now: $1, &$2) }
    }
    try network.run(for: .s(5))
    let since = network.now
    network.crash(20)
    try network.run(for: .s(10))
    let deaths = network.deaths(of: 20, since: since)
    #expect(deaths.count == 6 && (deaths.max() ?? .s(99)) <= .s(4))
    #expect(network.live.allSatisfy { network.nodes[$0].swim.known.count == 6 })
  }

  /// What the others do when all is quiet.
  @Test func whatItCosts() throws {
    let network = try network(32, seed: 8)
    let before = network.datagrams
    try network.run(for: .s(60))
    let rate = Double(network.datagrams - before) / 32 / 60
    // A ping and an answer in each period of a quarter of a second, and a list now and then.
    #expect(rate > 7.5 && rate < 9)
  }

  /// Four of five die at once, nobody hears of it, and most who are asked to help are dead as well: who is left knows it in
  /// little more than a minute.
  @Test func mostDie() throws {
    let network = try network(100, seed: 1)
    for place in 0..<100 where place % 5 != 4 { network.crash(place) }
    try network.run(for: .s(75))
    #expect(network.live.count == 20 && network.allKnow(network.live))
  }
}
