import MixHost
import MixNet

/// While packets are withheld, tells who keeps scores which nodes must be the ones.
///
/// A node is blamed when the loops allow it no loss that is honest, whatever other nodes lose. Where several could have
/// lost them, as when all packets for one node are held back on their way, nobody is blamed.
struct LossBlame {
  /// The least time between two looks.
  static let pause = Nanos.s(10)
  /// Honest nodes lose less.
  static let honest = 0.05
  /// So many of the last loops count: what somebody does now must not be hidden by what he did in an hour before.
  static let loopsMax = 60

  /// Rounds until the estimates stand, and how many nodes are looked at; a look takes some milliseconds at most.
  private static let (rounds, suspectsMax) = (400, 8)

  private let scores: (any ScoreBook)?
  private var next = Instant.zero
  /// How often a node was blamed.
  private(set) var count = 0

  init(_ scores: (any ScoreBook)?) { self.scores = scores }

  /// Looks at the loops that have ended, whose routes are places in `nodes`.
  mutating func look(_ loops: LoopBook, _ nodes: [NetworkDirectory.Node], _ now: Instant) {
    guard loops.isAlarming, now >= next else { return }
    next = now + Self.pause
    for place in Self.accused(nodes: nodes.count, loops.latest(Self.loopsMax)) {
      count += 1
      scores?.add(.withheld, of: nodes[place].address, at: now)
    }
  }

  /// The nodes that must have lost more than honest ones do: if each of them had not, the loops would be e^10 times less likely, whatever
  /// the others lose. Of honest nodes that happens to 8 in a million (chi squared of 20 with one degree of freedom).
  static func accused(nodes count: Int, _ loops: [(route: CoverRoute, isLost: Bool)]) -> [Int] {
    let model = LossModel(nodes: count, loops)
    let best = model.fit([Double](repeating: 0.01, count: count), rounds: rounds)
    let likelihood = model.likelihood(best)
    let suspects = best.indices.filter { best[$0] > honest }.sorted { (best[$0], $1) > (best[$1], $0) }
    return suspects.prefix(suspectsMax).filter { node in
      var loss = best
      loss[node] = honest
      return model.likelihood(model.fit(loss, fixed: node, rounds: rounds)) < likelihood - 10
    }
  }
}
