import MixNet

/// How many of a hundred packets each node loses, from loops of which only the ends are seen.
///
/// A loop that is back has passed all its nodes. One that is lost was lost by one of them, more likely by one that loses more:
/// so each node is blamed for a part of it, in proportion to its estimate, and the estimates follow from the blames, again and
/// again until they stand (expectation and maximisation; Dempster, Laird and Rubin, 1977).
struct LossEstimate {
  /// The estimate for one node, between 0 and 1, and the loops that it rests on.
  struct Node: Equatable {
    let loops: Int
    let loss: Double
  }

  private static let rounds = 20
  let nodes: [Node]

  init(nodes count: Int, _ loops: [(route: CoverRoute, isLost: Bool)]) {
    var passes = [Double](repeating: 0, count: count)
    for loop in loops { for node in Self.nodes(of: loop.route, below: count) { passes[node] += 1 } }
    var loss = [Double](repeating: 0.01, count: count)
    let lost = loops.filter(\.isLost)
    for _ in 0..<Self.rounds {
      var blame = [Double](repeating: 0, count: count)
      // What passes a node: all loops, but those lost before it.
      var reached = passes
      for loop in lost {
        var before = 1.0
        var shares: [Double] = []
        let route = Self.nodes(of: loop.route, below: count)
        for node in route {
          shares.append(before * loss[node])
          before *= 1 - loss[node]
        }
        let sum = shares.reduce(0, +)
        guard sum > 0 else { continue }
        var gone = 0.0
        for (node, share) in zip(route, shares) {
          reached[node] -= gone
          blame[node] += share / sum
          gone += share / sum
        }
      }
      for node in 0..<count where reached[node] > 0 { loss[node] = min(1, blame[node] / reached[node]) }
    }
    nodes = (0..<count).map { Node(loops: Int(passes[$0]), loss: passes[$0] > 0 ? loss[$0] : 0) }
  }

  /// The nodes that can lose a loop: all but the last one, which is where it comes home.
  private static func nodes(of route: CoverRoute, below count: Int) -> [Int] {
    (0..<max(0, route.count - 1)).map { route[$0] }.filter { $0 < count }
  }
}
