import MixNet
import Testing

@testable import CoverTraffic

struct LossEstimateTests {
  /// Loops through three layers of three nodes, one of which loses a fifth: it is found, and the others are not blamed.
  @Test(arguments: 1...10 as ClosedRange<UInt64>) func theBadNodeIsFound(seed: UInt64) {
    var random = RandomStream(seed: Seed(seed))
    let truth: [Double] = [0, 0, 0, 0, 0.2, 0, 0.01, 0.01, 0.01]
    var loops: [(route: CoverRoute, isLost: Bool)] = []
    for _ in 0..<1_000 {
      let route = (0..<3).map { 3 * $0 + Int(random.below(3)) }
      var isLost = false
      for node in route where Double(random.below(10_000)) < truth[node] * 10_000 { isLost = true }
      loops.append((CoverRoute(route + [0]), isLost))
    }
    let estimate = LossEstimate(nodes: 9, loops).nodes
    #expect(abs(estimate[4].loss - 0.2) < 0.07)
    for node in 0..<9 where node != 4 { #expect(estimate[node].loss < 0.05, "node \(node)") }
  }

  /// Nothing lost is no loss; with no loops nothing is known.
  @Test func theEnds() {
    let none = LossEstimate(nodes: 2, []).nodes[0]
    #expect(none == LossEstimate.Node(loops: 0, loss: 0))
    let good = LossEstimate(nodes: 2, [(route: CoverRoute([0, 1]), isLost: false)]).nodes[0]
    #expect(good.loss < 0.001)
    let bad = LossEstimate(nodes: 1, [(route: CoverRoute([0, 0]), isLost: true)]).nodes[0]
    #expect(bad.loss == 1)
  }
}
