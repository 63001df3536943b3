import Gossip
import MixNet
import Testing

/// Some nodes are in trouble for 5 to 30 seconds of every minute. They may be found dead; but they are not to find the others dead.
struct SwimStallTests {
  private enum Trouble {
    /// They do nothing at all.
    case standsStill
    /// What comes to them waits for up to three seconds.
    case isSlow
  }

  /// Words about those who were well all the time.
  private struct Outcome {
    var suspects = 0
    var deaths = 0
  }

  private func run(_ trouble: Trouble, lifeguard: Bool, minutes: Int) throws -> Outcome {
    var settings = SwimSettings()
    settings.lifeguard = lifeguard
    let network = SwimNetwork(seed: 1)
    let (count, troubled) = (32, 4)
    for place in 0..<count { network.add(settings, seeds: [node(count - 1).address], after: .ms(50) * UInt64(place)) }
    try network.run(for: .s(15))
    var random = RandomStream(seed: Seed(1).derived("trouble"))
    for _ in 0..<minutes {
      let time = Nanos.ms(5_000 + random.below(25_000))
      for place in 0..<troubled {
        switch trouble {
        case .standsStill: network.stall(place, for: .ms(5_000 + random.below(25_000)))
        case .isSlow: network.isSlow[place] = .s(3)
        }
      }
      try network.run(for: time)
      network.isSlow = [:]
      try network.run(for: .s(60) - time)
    }
    let well = Set((troubled..<count).map { node($0).id })
    var outcome = Outcome()
    for word in network.words {
      switch word.effect {
      case .suspect(let record) where well.contains(record.id): outcome.suspects += 1
      case .dead(let record) where well.contains(record.id): outcome.deaths += 1
      default: break
      }
    }
    // All are back in the end.
    try network.run(for: .s(60))
    #expect(network.allKnow(Array(0..<count)))
    return outcome
  }

  /// An hour, against a sixth of an hour of SWIM as it was.
  @Test func whoStandsStillBlamesNobody() throws {
    let careful = try run(.standsStill, lifeguard: true, minutes: 60)
    let plain = try run(.standsStill, lifeguard: false, minutes: 10)
    #expect(careful.deaths == 0)
    #expect(plain.suspects > 100)
    #expect(careful.suspects * 50 <= plain.suspects)
  }

  /// Here the node has no way to see it but that nobody answers.
  @Test func whoIsSlowBlamesFew() throws {
    let careful = try run(.isSlow, lifeguard: true, minutes: 10)
    let plain = try run(.isSlow, lifeguard: false, minutes: 10)
    #expect(careful.deaths == 0)
    #expect(plain.suspects > 100 && plain.deaths > 0)
    #expect(careful.suspects * 50 <= plain.suspects)
  }
}
