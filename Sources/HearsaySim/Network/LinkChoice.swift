import MixNet
import SimNet

/// Whether the links of a simulated network differ.
enum LinkChoice: String, CaseIterable, Sendable {
  /// All take 0.5 to 2 ms and carry as much as one likes.
  case even
  /// Each pair of hosts has a law of its own, and some pairs a bandwidth.
  case varied
}

extension LinkVariety {
  /// How the links of a swarm's network differ: which laws there are among them, and how many links are narrow. Nil, for one
  /// seed in four: not at all.
  ///
  /// As with faults, what is on in one network is off in another: one narrow link may hide what a slow one would show.
  static func swarm(_ seed: SimSeed) -> LinkVariety? {
    var random = seed.stream(.workload(Workload.links))
    let isEven = random.below(4) == 0
    let variety = drawn(&random)
    return isEven ? nil : variety
  }

  /// What such a network has where it is said that links differ.
  static func chosen(_ seed: SimSeed) -> LinkVariety {
    var random = seed.stream(.workload(Workload.links))
    _ = random.below(4)
    return drawn(&random)
  }

  private static func drawn(_ random: inout RandomStream) -> LinkVariety {
    var variety = LinkVariety()
    variety.laws = Law.allCases.filter { _ in random.below(2) == 0 }
    let shares: [UInt32] = [0, 20, 50, 100]
    variety.narrow = .percent(shares[Int(random.below(UInt64(shares.count)))])
    // A network whose links do not differ after all shows nothing.
    if variety.laws.isEmpty, variety.narrow == .never { variety.laws = Law.allCases }
    return variety
  }
}
