import Gossip
import MixNet
import Testing

struct ViewNetworkTests {
  private func network(_ count: Int, seed: UInt64, every: Nanos = .ms(50), loss: UInt64 = 0) throws -> ViewNetwork {
    let network = ViewNetwork(seed: seed)
    network.lossPerMille = loss
    var settings = ViewSettings()
    settings.expectedNodes = count
    settings.seeds = [node(0).address, node(1).address]
    settings.anchors = settings.seeds
    for place in 0..<count { try network.add(settings, after: every * UInt64(place)) }
    try network.run(for: every * UInt64(count) + .s(60))
    return network
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>) func allComeTogether(seed: UInt64) throws {
    let network = try network(200, seed: seed)
    #expect(network.reached == 200 && network.oneSided == 0)
    #expect(network.leastNeighbours >= 4)
    // Who closes a link does not always hear that it was sent away; else nobody asks before the time that it was told.
    #expect(network.tooEarly <= 2)
  }

  @Test func allAtOnce() throws {
    let network = try network(200, seed: 4, every: .zero)
    #expect(network.reached == 200 && network.oneSided == 0)
    #expect(network.leastNeighbours >= 4)
  }

  /// Nodes come, crash and leave for two minutes, over links where frames are late.
  @Test(arguments: 1...3 as ClosedRange<UInt64>) func whoStaysIsConnected(seed: UInt64) throws {
    let network = try network(150, seed: seed, loss: 50)
    var settings = ViewSettings()
    settings.expectedNodes = 150
    settings.seeds = [node(0).address, node(1).address]
    var random = RandomStream(seed: Seed(seed).derived("churn"))
    for round in 0..<120 {
      let live = network.live
      let place = live[Int(random.below(UInt64(live.count)))]
      switch round % 4 {
      case 0: network.crash(place)
      case 1: network.act(place) { $0.leave(now: $1, &$2) }
      default: try network.add(settings)
      }
      if round % 4 == 1 { network.gone(place) }
      try network.run(for: .s(1))
    }
    try network.run(for: .s(20))
    #expect(network.live.count == 150)
    #expect(network.reached == 150 && network.oneSided == 0)
    #expect(network.leastNeighbours >= 4)
  }

  /// Four of five crash at once, the seeds with them: those who are left have mended their views in five seconds.
  @Test(arguments: 1...3 as ClosedRange<UInt64>) func mostCrash(seed: UInt64) throws {
    let network = try network(500, seed: seed, every: .ms(20))
    for place in 0..<500 where place % 5 != 4 { network.crash(place) }
    try network.run(for: .s(5))
    #expect(network.live.count == 100)
    #expect(network.reached == 100 && network.oneSided == 0)
    #expect(network.leastNeighbours >= 3)
  }

  /// When all links of all nodes break, everybody finds back.
  @Test func afterADarkness() throws {
    let network = try network(60, seed: 9)
    network.breakAll()
    #expect(network.leastNeighbours == 0)
    try network.run(for: .s(20))
    #expect(network.reached == 60 && network.oneSided == 0)
  }

  @Test func sameSeedSameBytes() throws {
    let (first, second, other) = (try network(60, seed: 7), try network(60, seed: 7), try network(60, seed: 8))
    #expect(first.digest == second.digest && first.frames == second.frames)
    #expect(first.digest != other.digest)
  }

  /// Passive views fill with others than neighbours, and what is said is little.
  @Test func theQuietHour() throws {
    let network = try network(100, seed: 11)
    let before = network.bytes
    try network.run(for: .s(600))
    for place in network.live {
      let passive = network.nodes[place].views.passiveNodes
      #expect(passive.count >= 20)
      #expect(Set(passive.map(\.id)).count == passive.count)
    }
    let rate = Double(network.bytes - before) / 100 / 600
    #expect(rate < 500)
  }
}
