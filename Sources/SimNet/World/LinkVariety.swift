public import MixNet

/// Links of which no two are alike: each pair of hosts has a law of its own by which packets take their time, and some pairs
/// have a bandwidth. What a pair has follows from the seed and the pair alone, whoever speaks first and however much.
public struct LinkVariety: Sendable, Equatable {
  /// A law by which packets take their time.
  public enum Law: UInt8, CaseIterable, Sendable {
    /// Each length between two alike.
    case uniform
    /// A least length, and a tail behind it.
    case exponential
    /// As a rule one length, and now and then another one that is many times as long.
    case bimodal
  }

  /// The laws that there are, each as likely; none: all links keep ``WorldSettings/link``'s.
  public var laws = Law.allCases
  /// How many of the pairs have a bandwidth; the others carry as much as one likes.
  public var narrow = Chance.percent(50)
  /// Bandwidths, in bytes a second: each doubling between the two alike.
  public var bandwidths: ClosedRange<UInt64> = 30_000...10_000_000
  /// The shortest times that a packet takes: each doubling between the two alike. The law adds to them.
  public var least: ClosedRange<UInt64> = Nanos.us(100).ns...Nanos.ms(25).ns
  /// What the slow ones of two lengths take at most.
  public var slowMost = Nanos.ms(400)

  /// All laws, and half of the links narrow.
  public init() {}

  /// What lies between two hosts, of whose links nothing else is said than `usual`.
  func conditions(between a: UInt32, and b: UInt32, _ seed: SimSeed, usual: LinkConditions) -> LinkConditions {
    let dice = Dice(word: RandomStream.first(of: seed.derived(.conditions(a, b))))
    var conditions = usual
    if !laws.isEmpty {
      conditions.delay = delay(laws[Int(dice.value(below: UInt64(laws.count), salt: 0))], dice)
    }
    if dice.hits(narrow, salt: 1) { conditions.bandwidth = Self.between(bandwidths, dice.bits(2)) }
    return conditions
  }

  private func delay(_ law: Law, _ dice: Dice) -> Delay {
    let least = Nanos(Self.between(self.least, dice.bits(3)))
    switch law {
    case .uniform:
      return .uniform(least, least + Nanos(dice.value(below: 4 * least.ns + 1, salt: 4)))
    case .exponential:
      return .exponential(least: least, mean: Nanos(least.ns / 4 + dice.value(below: 2 * least.ns + 1, salt: 4)))
    case .bimodal:
      let slow = Nanos(least.ns * (4 + dice.value(below: 60, salt: 4)))
      let chance = Chance(millionths: UInt32(Self.between(1_000...100_000, dice.bits(5))))
      return .bimodal(fast: least, slow: min(slow, slowMost), slowChance: chance)
    }
  }

  /// A number between the two, whose logarithm is even between theirs, cut to steps between powers of two.
  public static func between(_ range: ClosedRange<UInt64>, _ word: UInt64) -> UInt64 {
    let least = max(1, range.lowerBound)
    var doublings: UInt64 = 0
    while doublings < 62, least << (doublings + 1) <= range.upperBound { doublings += 1 }
    let low = least << Dice(word: word).value(below: doublings + 1, salt: 0)
    return min(low + Dice(word: word).value(below: low, salt: 1), range.upperBound)
  }
}

extension RandomStream {
  /// The first draw of a seed's stream.
  fileprivate static func first(of seed: Seed) -> UInt64 {
    var stream = RandomStream(seed: seed)
    return stream.next()
  }
}
