import Gossip
import MixNet
import Testing

/// Sybils, four for each honest node and in 16 netgroups, which have all neighbours that they can get, always claim to be new here, and ask all the
/// time. Nobody keeps scores.
struct ViewAttackTests {
  private let honest = 40

  private func attack(seed: UInt64, honestFrom: Nanos, sybilsEvery: Nanos, seconds: Int) throws -> ViewNetwork {
    let network = ViewNetwork(seed: seed)
    // Two honest nodes are known to each, not the same ones.
    for place in 0..<honest {
      var settings = ViewSettings()
      settings.expectedNodes = 200
      settings.seeds = [node((place + 1) % honest).address, node((place + 7) % honest).address]
      settings.anchors = settings.seeds
      try network.add(settings, after: honestFrom + .ms(20) * UInt64(place))
    }
    for place in 0..<4 * honest {
      var settings = ViewSettings()
      settings.expectedNodes = 1_000_000
      settings.limitsNetgroups = false
      settings.seeds = [node(place % honest).address]
      try network.add(settings, group: 1_000 + place % 16, after: sybilsEvery * UInt64(place))
    }
    var random = RandomStream(seed: Seed(seed))
    for _ in 0..<seconds {
      for place in honest..<5 * honest where random.below(10) == 0 {
        network.join(place, Int(random.below(UInt64(honest))))
      }
      try network.run(for: .s(1))
    }
    return network
  }

  private func checkTheHonest(of network: ViewNetwork) {
    let friends = (0..<honest).map { place in network.neighbours(place).count { $0 < honest } }
    #expect((friends.min() ?? 0) >= 2)
    #expect(network.reached(from: 0) { $0 < honest } == honest)
    let groups = (0..<honest).map { place in
      let sybils = network.neighbours(place).filter { $0 >= honest }
      return Dictionary(grouping: sybils) { $0 % 16 }.values.map(\.count).max() ?? 0
    }
    #expect((groups.max() ?? 0) == 2)
  }

  @Test("fault 27: many identities come to a network and surround nobody", arguments: 1...2 as ClosedRange<UInt64>)
  func sybilsSurroundNobody(seed: UInt64) throws {
    checkTheHonest(of: try attack(seed: seed, honestFrom: .zero, sybilsEvery: .ms(20), seconds: 120))
  }

  /// The honest come into a network of liars.
  @Test("fault 27: many identities were there first", arguments: 1...2 as ClosedRange<UInt64>)
  func sybilsWereThereFirst(seed: UInt64) throws {
    checkTheHonest(of: try attack(seed: seed, honestFrom: .s(5), sybilsEvery: .ms(5), seconds: 120))
  }
}
