import MixNet
import Testing

@testable import SimNet

/// Links that differ: each pair of hosts has its own conditions, and they follow from the seed and the pair alone.
@Suite struct LinkVarietyTests {
  private static func world(_ seed: UInt64, _ variety: LinkVariety? = LinkVariety(), hosts: Int = 12) -> SimWorld {
    var settings = WorldSettings()
    settings.variety = variety
    let world = SimWorld(seed: SimSeed(seed), settings: settings)
    for place in 0..<hosts { _ = world.host(named: "h\(place)") }
    return world
  }

  /// Of all pairs of a world's hosts.
  private static func conditions(_ world: SimWorld, reversed: Bool = false) -> [LinkConditions] {
    var pairs = world.hosts.flatMap { a in world.hosts.filter { $0.number > a.number }.map { (a, $0) } }
    if reversed { pairs.reverse() }
    let found = pairs.map { world.conditions(between: $0, and: $1) }
    return reversed ? found.reversed() : found
  }

  @Test func nothingElseThanTheSeedAndThePairDecides() {
    let one = Self.conditions(Self.world(1))
    let world = Self.world(1)
    for _ in 0..<100 { _ = world.link(0, 1).roll() }
    #expect(Self.conditions(world, reversed: true) == one)
    #expect(Self.conditions(Self.world(2)) != one)
    #expect(world.conditions(between: world.hosts[3], and: world.hosts[1]) == world.link(1, 3).conditions)
  }

  @Test func everyLawIsThereAndHalfOfTheLinksAreNarrow() {
    let all = (1...20).flatMap { Self.conditions(Self.world($0)) }
    var laws: [String: Int] = [:]
    for conditions in all { laws["\(conditions.delay.name)", default: 0] += 1 }
    #expect(laws.count == 3 && laws.values.allSatisfy { $0 > all.count / 4 })
    let narrow = all.filter { $0.bandwidth > 0 }
    #expect((all.count * 45 / 100...all.count * 55 / 100).contains(narrow.count))
    #expect(narrow.allSatisfy { (30_000...10_000_000).contains($0.bandwidth) })
    #expect(narrow.contains { $0.bandwidth < 60_000 } && narrow.contains { $0.bandwidth > 5_000_000 })
    #expect(all.allSatisfy { $0.delay.least >= .us(100) && $0.delay.longest <= .ms(600) })
    #expect(all.contains { $0.delay.longest > .ms(300) } && all.contains { $0.delay.longest < .ms(1) })
  }

  @Test func onlyWhatIsChosenDiffers() {
    var variety = LinkVariety()
    variety.laws = []
    variety.narrow = .always
    let narrow = Self.conditions(Self.world(3, variety))
    #expect(narrow.allSatisfy { $0.delay == LinkConditions().delay && $0.bandwidth > 0 })
    variety.laws = [.bimodal]
    variety.narrow = .never
    let slow = Self.conditions(Self.world(3, variety))
    #expect(slow.allSatisfy { "\($0.delay.name)" == "bimodal" && $0.bandwidth == 0 })
    let even = Self.conditions(Self.world(3, nil))
    #expect(even.allSatisfy { $0 == LinkConditions() })
  }

  /// What is drawn is longer than ``Delay/longest`` less than once in 20,000 times, and never shorter than the least.
  @Test func lengthsAreWhatTheLawSays() {
    var random = RandomStream(seed: Seed(1))
    for conditions in Self.conditions(Self.world(4)) {
      let lengths = (0..<2_000).map { _ in conditions.delay.length(random.next()) }
      #expect(lengths.allSatisfy { $0 >= conditions.delay.least })
      #expect(lengths.count { $0 > conditions.delay.longest } <= 1)
    }
  }

  /// A host talks to itself as ever.
  @Test func aHostIsNotFarFromItself() {
    let world = Self.world(5)
    #expect(world.conditions(between: world.hosts[0], and: world.hosts[0]) == .loopback)
  }
}
