import MixNet
import Testing

@testable import CoverTraffic

struct LossEstimateTests {
  private static let truth: [Double] = [0, 0, 0, 0, 0.2, 0, 0.01, 0.01, 0.01]

  /// A thousand loops through three layers of three nodes that lose so much.
  private static func loops(_ truth: [Double], seed: UInt64) -> [(route: CoverRoute, isLost: Bool)] {
    var random = RandomStream(seed: Seed(seed))
    return (0..<1_000).map { _ in
      let route = (0..<3).map { 3 * $0 + Int(random.below(3)) }
      var isLost = false
      for node in route where Double(random.below(10_000)) < truth[node] * 10_000 { isLost = true }
      return (CoverRoute(route + [0]), isLost)
    }
  }

  /// Of a hundred intervals 95 have the truth at least: of 300 for each node 270 or more (four standard deviations), and they
  /// are not had by intervals that say nothing.
  @Test func intervalsCoverTheTruth() {
    let truth = [0.1, 0.02, 0.05, 0.3, 0.05, 0.02, 0.02, 0.1, 0.2]
    var covered = [Int](repeating: 0, count: 9)
    var width = 0.0
    for seed in 1...300 as ClosedRange<UInt64> {
      for (node, estimate) in LossEstimate(nodes: 9, Self.loops(truth, seed: seed)).nodes.enumerated() {
        covered[node] += estimate.low...estimate.high ~= truth[node] ? 1 : 0
        width += (estimate.high - estimate.low) / 2_700
      }
    }
    for node in 0..<9 { #expect(covered[node] >= 270, "node \(node): \(covered[node])") }
    #expect(width < 0.16)
  }

  /// Loops through three layers of three nodes, one of which loses a fifth: it is found, and the others are not blamed.
  @Test(arguments: 1...10 as ClosedRange<UInt64>) func theBadNodeIsFound(seed: UInt64) {
    let estimate = LossEstimate(nodes: 9, Self.loops(Self.truth, seed: seed)).nodes
    #expect(abs(estimate[4].loss - 0.2) < 0.07)
    for node in 0..<9 where node != 4 { #expect(estimate[node].loss < 0.05, "node \(node)") }
    #expect(estimate[4].low > 0.1)
    #expect(estimate[4].high < 0.3)
  }

  /// Nodes that lose next to nothing, on ways of which one in three has a node that loses a fifth: what is lost there could be theirs,
  /// and no more than that.
  @Test func intervalsOfTheGoodOnes() {
    for seed in 1...20 as ClosedRange<UInt64> {
      for (node, estimate) in LossEstimate(nodes: 9, Self.loops(Self.truth, seed: seed)).nodes.enumerated()
      where node != 4 {
        #expect(estimate.high >= Self.truth[node] && estimate.high < 0.15, "node \(node)")
      }
    }
  }

  /// A network of a thousand nodes of which nothing comes back: a status must not take long.
  @Test func aLargeNetworkThatIsDown() {
    var random = RandomStream(seed: Seed(1))
    let loops = (0..<1_000).map { _ in
      (route: CoverRoute((0..<3).map { _ in Int(random.below(1_000)) } + [0]), isLost: true)
    }
    let nodes = LossEstimate(nodes: 1_000, loops).nodes
    #expect(nodes.allSatisfy { $0.low <= $0.loss && $0.loss <= $0.high })
  }

  /// Nothing lost is no loss; with no loops nothing is known.
  @Test func theEnds() {
    let none = LossEstimate(nodes: 2, []).nodes[0]
    #expect(none == LossEstimate.Node(loops: 0, loss: 0, low: 0, high: 1))
    let good = LossEstimate(nodes: 2, [(route: CoverRoute([0, 1]), isLost: false)]).nodes[0]
    #expect(good.loss < 0.001)
    #expect(good.low == 0)
    // Of one loop: 1 - exp(-1.9207).
    #expect(abs(good.high - 0.8535) < 0.002)
    let hundreds = [(route: CoverRoute, isLost: Bool)](repeating: (CoverRoute([0, 1]), false), count: 300)
    // Of three hundred: 1 - exp(-1.9207 / 300), to the width of a step.
    let none300 = LossEstimate(nodes: 2, hundreds).nodes[0].high
    #expect((0.006...0.008).contains(none300))
    let bad = LossEstimate(nodes: 1, [(route: CoverRoute([0, 0]), isLost: true)]).nodes[0]
    #expect(bad.loss == 1)
    #expect(bad.high == 1)
    #expect(bad.low < 0.5)
  }
}
