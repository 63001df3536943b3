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

  private let scores: (any ScoreBook)?
  private var next = Instant.zero
  /// How often a node was blamed.
  private(set) var count = 0

  init(_ scores: (any ScoreBook)?) { self.scores = scores }

  /// Looks at the loops that have ended, whose routes are places in `nodes`.
  mutating func look(_ loops: LoopBook, _ nodes: [NetworkDirectory.Node], _ now: Instant) {
    guard loops.isAlarming, now >= next else { return }
    next = now + Self.pause
    let estimate = LossEstimate(nodes: nodes.count, loops.latest(Self.loopsMax))
    for (node, loss) in zip(nodes, estimate.nodes) where loss.low > Self.honest {
      count += 1
      scores?.add(.withheld, of: node.address, at: now)
    }
  }
}
