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
  var trace = TraceSettings()
  var probes = ProbeSettings()

  static let clients = 4
  /// Within so much virtual time after the last fault the network is quiet, and has answered a message on every way.
  static let bound = Nanos.s(60)

  /// The families that meet such a network: it uses no datagrams, and its nodes' disks have no jobs while they run.
  static let families: [FaultFamily] = [
    .latency, .loss, .flip, .segment, .partial, .close, .connect, .descriptors, .partition, .clog, .crash, .power,
    .wipe, .pause, .jump, .drift,
  ]

  /// The plan of faults that follows.
  var plan: FaultPlan {
    switch faults {
    case .usual: Self.usual(Self.families)
    case .named(let families): Self.usual(families)
    case .swarm: swarm
    }
  }

  private static func usual(_ families: [FaultFamily]) -> FaultPlan {
    var plan = FaultPlan()
    for family in families { plan[family] = Chance(millionths: usualRate(family)) }
    return plan
  }

  /// A swarm's plan may consist of what strikes once an hour. Such a run would show nothing, so one family that strikes
  /// often joins it.
  private var swarm: FaultPlan {
    var plan = FaultPlan.swarm(SimSeed(seed), among: Self.families)
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
    case .close: 500
    case .connect: 30_000
    case .descriptors: 50_000
    case .partition, .clog: 60_000
    case .crash, .power: 5_000
    case .wipe: 3_000
    case .pause, .jump: 10_000
    case .drift: 500_000
    case .diskSlow, .diskError, .diskFull, .diskSync, .diskLost, .diskTorn, .diskMisdirected, .diskCorrupt: 3_000
    }
  }

  /// The words after `hearsay-sim` that make this run again.
  var words: String {
    var words = "run --seed \(seed) --nodes \(nodes) --seconds \(seconds)"
    switch faults {
    case .usual: break
    case .named(let families):
      words += " --faults " + (families.isEmpty ? "none" : families.map(\.name).joined(separator: ","))
    case .swarm: words += " --swarm"
    }
    return words + probes.words
  }
}
