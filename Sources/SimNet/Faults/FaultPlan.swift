import MixNet

/// Which faults strike, and how often: one rate a family.
public struct FaultPlan: Sendable {
  private var rates = InlineArray<32, Chance>(repeating: .never)

  /// Nothing goes wrong.
  public static let quiet = FaultPlan()

  /// A plan in which nothing goes wrong yet.
  public init() {}

  /// How often a family strikes an opportunity.
  public subscript(family: FaultFamily) -> Chance {
    get { rates[Int(family.rawValue)] }
    set { rates[Int(family.rawValue)] = newValue }
  }

  /// A plan of these rates.
  public static func of(_ rates: (FaultFamily, Chance)...) -> FaultPlan {
    var plan = FaultPlan()
    for (family, chance) in rates { plan[family] = chance }
    return plan
  }

  /// The families that strike at all.
  public var families: [FaultFamily] { FaultFamily.allCases.filter { self[$0] > .never } }

  /// The same plan without some families.
  public func without(_ families: [FaultFamily]) -> FaultPlan {
    var plan = self
    for family in families { plan[family] = .never }
    return plan
  }

  /// A plan for the swarm (Groce and others, "Swarm testing", 2012): each family of `among` is off half of the time,
  /// so that one does not always hide another; the rates of the others differ from seed to seed by orders of magnitude.
  ///
  /// It is drawn from a stream of its own, and every family takes two draws whether it is among them or not.
  public static func swarm(_ seed: SimSeed, among: [FaultFamily] = FaultFamily.allCases) -> FaultPlan {
    var random = seed.stream(.configuration)
    var plan = FaultPlan()
    for family in FaultFamily.allCases {
      let (isOn, size) = (random.next() >> 63 == 1, random.next())
      guard isOn, among.contains(family) else { continue }
      plan[family] = between(family.swarmRange, size)
    }
    return plan
  }

  /// A rate whose logarithm is even between those of the two, cut to steps between powers of two.
  private static func between(_ range: (least: Chance, most: Chance), _ word: UInt64) -> Chance {
    let range = UInt64(range.least.millionths)...UInt64(range.most.millionths)
    return Chance(millionths: UInt32(LinkVariety.between(range, word)))
  }
}

/// How often each family has really struck.
public struct FaultCounts: Sendable, Equatable {
  private var counts = InlineArray<32, UInt64>(repeating: 0)

  /// Nothing has struck.
  public init() {}

  /// How often a family has struck.
  public subscript(family: FaultFamily) -> UInt64 { counts[Int(family.rawValue)] }

  mutating func add(_ family: FaultFamily) { counts[Int(family.rawValue)] += 1 }

  /// How often all have struck.
  public var total: UInt64 { FaultFamily.allCases.reduce(0) { $0 + self[$1] } }

  /// The families that have struck, with how often.
  public var fired: [(family: FaultFamily, count: UInt64)] {
    FaultFamily.allCases.compactMap { self[$0] > 0 ? ($0, self[$0]) : nil }
  }

  /// Equal when every family has struck as often.
  public static func == (a: Self, b: Self) -> Bool { FaultFamily.allCases.allSatisfy { a[$0] == b[$0] } }
}
