import MixNet
import SimNet

/// What is run: everything follows from this, the hash too.
struct RunSettings: Sendable {
  /// Which faults strike.
  enum Faults: Sendable, Equatable {
    /// All that matter to such a network, at their usual rates.
    case usual
    /// These alone, at their usual rates; none is a quiet world.
    case named([FaultFamily])
    /// Drawn from the seed: each is off half of the time, and rates differ by orders of magnitude.
    case swarm
  }

  var seed: UInt64
  var nodes = 12
  var seconds = 60
  var faults = Faults.usual
  /// Families that do not strike, whoever chose them.
  var without: [FaultFamily] = []
  /// How the network stands once the faults are over; nil: the swarm draws it, and otherwise it is whole.
  var heal: Healing?
  /// Who means harm; nil: the swarm draws them, and otherwise there is nobody.
  var adversaries: [AdversaryKind]?
  /// Pairs of nodes that talk with each other; nil: the swarm draws them, and otherwise nobody does.
  var conversations: Int?
  /// Whether links differ; nil: the swarm draws it, and otherwise they do not.
  var links: LinkChoice?
  /// Whether some nodes hold links to rates, and give them up; nil: the swarm draws it, and otherwise none does.
  var limits: LimitChoice?
  var crypto = CryptoKind.real
  /// The chains of the nodes; nil: a Sphinx mix.
  var chain: ChainFile?
  /// A story that is played; nil: none.
  var scenario: Scenario?
  var trace = TraceSettings()
  var probes = ProbeSettings()

  static let clients = 4
  /// Within so much virtual time after the last fault the network is quiet; within so much of quiet it has answered a
  /// message on every way.
  static let bound = Nanos.s(60)

  /// The families of disks.
  static let disks: [FaultFamily] = [
    .diskSlow, .diskError, .diskFull, .diskSync, .diskLost, .diskTorn, .diskMisdirected, .diskCorrupt,
  ]

  /// The families that meet such a network: it uses no datagrams.
  static let families: [FaultFamily] =
    [
      .latency, .loss, .flip, .segment, .partial, .close, .connect, .descriptors, .partition, .clog, .crash, .power,
      .wipe, .pause, .jump, .drift,
    ] + disks

  /// The plan of faults that follows.
  var plan: FaultPlan { chosenPlan.without(without) }

  /// The families that meet the nodes for sure.
  private var usualFamilies: [FaultFamily] {
    (chain == nil || chain?.storeFolder != nil ? Self.families : Self.families.filter { !Self.disks.contains($0) })
      + (chain?.hasDatagrams == true ? [.duplicate, .reorder, .corrupt] : [])
  }

  /// The families that may be named; for a file all, since only it knows what its stages do.
  var possibleFamilies: [FaultFamily] { chain == nil ? Self.families : FaultFamily.allCases }

  private var chosenPlan: FaultPlan {
    switch faults {
    case .usual: Self.usual(usualFamilies)
    case .named(let families): Self.usual(families)
    case .swarm: swarm
    }
  }

  /// Whether clients leave their homes now and then. What is on the way to one that leaves is lost: so not in a world in which
  /// nothing goes wrong, and in half of the swarm's.
  var clientsLeave: Bool {
    guard scenario == nil, faults == .swarm else { return chosenPlan.families.contains(where: Self.disks.contains) }
    var random = SimSeed(seed).stream(.workload(Workload.leaving))
    return random.below(2) == 0
  }

  /// How the network really stands once the faults are over.
  var healing: Healing {
    if let heal { return heal }
    guard faults == .swarm else { return .whole }
    var random = SimSeed(seed).stream(.workload(Workload.healing))
    return random.below(2) == 0 ? .whole : .core
  }

  /// Who really means harm.
  var attackers: [AdversaryKind] {
    if let adversaries { return adversaries }
    guard faults == .swarm else { return [] }
    var random = SimSeed(seed).stream(.workload(Workload.adversaries))
    var chosen: [AdversaryKind] = []
    for kind in AdversaryKind.all where random.below(6) == 0 { chosen.append(kind) }
    return chosen
  }

  /// How many pairs of nodes really talk: some in every other seed of a swarm.
  var talkPairs: Int {
    if let conversations { return conversations }
    guard faults == .swarm, chain == nil, scenario == nil else { return 0 }
    var random = SimSeed(seed).stream(.workload(Workload.talker))
    return random.below(2) == 0 ? 0 : 1 + Int(random.below(4))
  }

  private static func usual(_ families: [FaultFamily]) -> FaultPlan {
    var plan = FaultPlan()
    for family in families { plan[family] = Chance(millionths: usualRate(family)) }
    return plan
  }

  /// A swarm's plan may consist of what strikes once an hour. Such a run would show nothing, so one family that strikes
  /// often joins it.
  private var swarm: FaultPlan {
    var plan = FaultPlan.swarm(SimSeed(seed), among: possibleFamilies)
    let often: [FaultFamily] = [.segment, .partial]
    if often.allSatisfy({ plan[$0] == .never }) { plan[.segment] = .percent(1) }
    return plan
  }

  /// How often a family strikes an opportunity where nothing else is said, in millionths.
  private static func usualRate(_ family: FaultFamily) -> UInt32 {
    switch family {
    case .latency, .loss: 5_000
    case .duplicate, .reorder, .corrupt: 5_000
    case .flip: 100
    case .segment, .partial: 100_000
    case .names: 100_000
    case .close: 500
    case .connect: 30_000
    case .descriptors: 50_000
    case .partition, .clog: 60_000
    case .crash, .power: 5_000
    case .wipe: 3_000
    case .pause, .jump: 10_000
    case .drift: 500_000
    case .diskSlow, .diskError, .diskFull, .diskSync, .diskLost, .diskTorn, .diskMisdirected, .diskCorrupt: 10_000
    }
  }

  /// The words after `hearsay-sim` that make this run again.
  var words: String {
    if let scenario {
      return "\(scenario.rawValue) --seed \(seed) --seconds \(seconds) --crypto \(crypto.rawValue)"
    }
    var words = "run --seed \(seed) --nodes \(nodes) --seconds \(seconds)"
    switch faults {
    case .usual: break
    case .named(let families):
      words += " --faults " + (families.isEmpty ? "none" : families.map(\.name).joined(separator: ","))
    case .swarm: words += " --swarm"
    }
    if !without.isEmpty { words += " --without " + without.map(\.name).joined(separator: ",") }
    if let heal { words += " --heal \(heal.rawValue)" }
    if let adversaries {
      words += " --adversaries " + (adversaries.isEmpty ? "none" : adversaries.map(\.name).joined(separator: ","))
    }
    if let conversations { words += " --conversations \(conversations == 0 ? "none" : "\(conversations)")" }
    if let links { words += " --links \(links.rawValue)" }
    if let limits { words += " --limits \(limits.rawValue)" }
    if let chain { words += " --chain \(chain.path)" }
    if crypto != .real { words += " --crypto \(crypto.rawValue)" }
    return words + probes.words(isSwarm: faults == .swarm)
  }
}
