import MixNet

/// How many of a hundred packets each node loses, from loops of which only the ends are seen.
///
/// A loop that is back has passed all its nodes. One that is lost was lost by one of them, more likely by one that loses more:
/// so each node is blamed for a part of it, in proportion to its estimate, and the estimates follow from the blames, again and
/// again until they stand (expectation and maximisation; Dempster, Laird and Rubin, 1977).
///
/// A node's interval has every loss with which the loops are not much less likely than with the best one, whatever the other
/// nodes then lose (profile likelihood; Venzon and Moolgavkar, 1988): the truth lies in 95 of 100 such intervals at
/// least. In most it is more: what a layer loses could as well be lost by the next one, as far as loops tell, and only that no node
/// loses less than nothing sets that a limit. Profiles are worked out for the few nodes that seem to lose most. Others, none of which is an
/// alarm, have a wider interval that costs nothing: from nothing to what it would be if all that was lost on their ways were theirs.
struct LossEstimate {
  /// The estimate for one node, between 0 and 1, its interval, and the loops that it rests on.
  struct Node: Equatable {
    let loops: Int
    let loss: Double
    let low: Double
    let high: Double
  }

  /// Loops that took the same way and were lost.
  private struct Lost {
    let nodes: [Int]
    var count: Double
  }

  /// So many rounds for the estimate, and so many more for each loss that an interval tries.
  private static let (rounds, more) = (400, 12)
  /// Halvings of what an end of an interval may lie in: to a thousandth.
  private static let halvings = 10
  /// Half of the 95 % quantile of chi squared with one degree of freedom.
  private static let drop = 1.9207
  /// So many nodes have intervals of their own: a status is asked of a worker, which has other things to do.
  private static let profiledMax = 16

  let nodes: [Node]
  private let passes: [Double]
  private let lost: [Lost]

  init(nodes count: Int, _ loops: [(route: CoverRoute, isLost: Bool)]) {
    var passes = [Double](repeating: 0, count: count)
    var lost: [Lost] = []
    var places: [[Int]: Int] = [:]  // for look-ups only
    for loop in loops {
      let nodes = Self.nodes(of: loop.route, below: count)
      for node in nodes { passes[node] += 1 }
      guard loop.isLost, !nodes.isEmpty else { continue }
      if let place = places[nodes] {
        lost[place].count += 1
      } else {
        places[nodes] = lost.count
        lost.append(Lost(nodes: nodes, count: 1))
      }
    }
    (self.passes, self.lost) = (passes, lost)
    let best = Self.fit([Double](repeating: 0.01, count: count), fixed: nil, passes, lost, rounds: Self.rounds)
    let likelihood = Self.likelihood(best, passes, lost)
    let suspects = (0..<count).filter { best[$0] > 1e-4 }.sorted { (best[$0], $1) > (best[$1], $0) }
      .prefix(Self.profiledMax)
    var lostOn = [Double](repeating: 0, count: count)
    for way in lost { for node in way.nodes { lostOn[node] += way.count } }
    nodes = (0..<count).map { node in
      guard passes[node] > 0 else { return Node(loops: 0, loss: 0, low: 0, high: 1) }
      guard suspects.contains(node) else {
        let high = Self.high(of: lostOn[node], in: passes[node])
        return Node(loops: Int(passes[node]), loss: best[node], low: 0, high: high)
      }
      /// The end of the interval between the best loss and `end`.
      func limit(_ end: Double) -> Double {
        var loss = best
        return Self.edge(from: best[node], to: end) { tried in
          loss[node] = tried
          loss = Self.fit(loss, fixed: node, passes, lost, rounds: Self.more)
          return Self.likelihood(loss, passes, lost) > likelihood - Self.drop
        }
      }
      return Node(
        loops: Int(passes[node]), loss: best[node], low: limit(0), high: best[node] > 0.9999 ? 1 : limit(1))
    }
  }

  /// Where between a loss that is possible and an end `isPossible` no longer holds.
  private static func edge(from inside: Double, to end: Double, _ isPossible: (Double) -> Bool) -> Double {
    var (inside, outside) = (inside, end)
    for _ in 0..<halvings {
      let tried = (inside + outside) / 2
      if isPossible(tried) { inside = tried } else { outside = tried }
    }
    return outside
  }

  /// The highest loss with which so many lost of so many are not much less likely than with the best one.
  private static func high(of lost: Double, in all: Double) -> Double {
    func likelihood(_ loss: Double) -> Double {
      -(lost > 0 ? lost * minusLog(loss) : 0) - (all - lost) * minusLog(1 - loss)
    }
    let best = lost / all
    return best == 1 ? 1 : edge(from: best, to: 1) { likelihood($0) > likelihood(best) - drop }
  }

  /// The losses that make what was seen most likely, from some to begin with; one of them may be fixed.
  private static func fit(
    _ start: [Double], fixed: Int?, _ passes: [Double], _ lost: [Lost], rounds: Int
  ) -> [Double] {
    var loss = start
    var blame = [Double](repeating: 0, count: loss.count)
    for _ in 0..<rounds {
      for node in blame.indices { blame[node] = 0 }
      // What reaches a node: all loops, but those lost before it.
      var reached = passes
      for way in lost {
        let sum = 1 - way.nodes.reduce(1) { $0 * (1 - loss[$1]) }
        guard sum > 0 else { continue }
        var (before, gone) = (1.0, 0.0)
        for node in way.nodes {
          let share = way.count * before * loss[node] / sum
          before *= 1 - loss[node]
          reached[node] -= gone
          blame[node] += share
          gone += share
        }
      }
      for node in loss.indices where reached[node] > 0 && node != fixed {
        loss[node] = min(1, blame[node] / reached[node])
      }
    }
    return loss
  }

  /// The logarithm of how likely what was seen is.
  private static func likelihood(_ loss: [Double], _ passes: [Double], _ lost: [Lost]) -> Double {
    var back = passes
    var sum = 0.0
    for way in lost {
      for node in way.nodes { back[node] -= way.count }
      sum -= way.count * minusLog(1 - way.nodes.reduce(1) { $0 * (1 - loss[$1]) })
    }
    for node in loss.indices where back[node] > 0 { sum -= back[node] * minusLog(1 - loss[node]) }
    return sum
  }

  /// The natural logarithm of a probability, negated; some 44 for what cannot be.
  private static func minusLog(_ probability: Double) -> Double {
    // One itself is no word.
    guard probability < 1 else { return 0 }
    return Double(Logarithm.minusLog(ofUniform: UInt64(max(0, min(probability, 1)) * 0x1p63) << 1)) * 0x1p-32
  }

  /// The nodes that can lose a loop: all but the last one, which is where it comes home.
  private static func nodes(of route: CoverRoute, below count: Int) -> [Int] {
    (0..<max(0, route.count - 1)).map { route[$0] }.filter { $0 < count }
  }
}
