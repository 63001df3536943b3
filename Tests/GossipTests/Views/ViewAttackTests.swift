import Gossip
import MixNet
import Testing

/// Sybils, four for each honest node and in 16 netgroups, which tell of nobody but each other, always claim to be in need and ask all the time.
struct ViewAttackTests {
  @Test(arguments: 1...2 as ClosedRange<UInt64>) func sybilsSurroundNobody(seed: UInt64) throws {
    let network = ViewNetwork(seed: seed)
    let honest = 40
    // Two honest nodes are known to each, not the same ones.
    for place in 0..<honest {
      var settings = ViewSettings()
      settings.expectedNodes = 200
      settings.seeds = [node((place + 1) % honest).address, node((place + 7) % honest).address]
      settings.anchors = settings.seeds
      try network.add(settings, after: .ms(200) * UInt64(place))
    }
    for place in 0..<4 * honest {
      var settings = ViewSettings()
      // They take all that they can get, from everywhere.
      settings.expectedNodes = 1_000_000
      settings.limitsNetgroups = false
      settings.seeds = [node(place % honest).address]
      try network.add(settings, group: 1_000 + place % 16, after: .ms(20) * UInt64(place))
    }
    var random = RandomStream(seed: Seed(seed))
    for _ in 0..<120 {
      for place in honest..<5 * honest {
        // Each leaves its links and asks somebody anew, as one that is new here.
        if random.below(10) == 0 { network.join(place, Int(random.below(UInt64(honest)))) }
      }
      try network.run(for: .s(1))
    }
    let friends = (0..<honest).map { place in network.neighbours(place).count { $0 < honest } }
    #expect((friends.min() ?? 0) >= 2)
    #expect(network.reached(from: 0) { $0 < honest } == honest)
    let groups = (0..<honest).map { place in
      Dictionary(grouping: network.neighbours(place).filter { $0 >= honest }) { $0 % 16 }.values.map(\.count).max() ?? 0
    }
    #expect((groups.max() ?? 0) <= 2)
  }
}
