import MixNet

/// How many of a hundred packets each node loses, from loops of which only the ends are seen.
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

  /// So many rounds for the estimate, and so many more for each loss that an interval tries.
  private static let (rounds, more) = (400, 12)
  /// Halvings of what an end of an interval may lie in: to a thousandth.
  private static let halvings = 10
  /// Half of the 95 % quantile of chi squared with one degree of freedom.
  private static let drop = 1.9207
  /// So many nodes have intervals of their own: a status is asked of a worker, which has other things to do.
  private static let profiledMax = 16

  let nodes: [Node]

  init(nodes count: Int, _ loops: [(route: CoverRoute, isLost: Bool)]) {
    let model = LossModel(nodes: count, loops)
    let best = model.fit([Double](repeating: 0.01, count: count), rounds: Self.rounds)
    let likelihood = model.likelihood(best)
    let suspects = (0..<count).filter { best[$0] > 1e-4 }.sorted { (best[$0], $1) > (best[$1], $0) }
      .prefix(Self.profiledMax)
    nodes = (0..<count).map { node in
      let loops = Int(model.passes[node])
      guard loops > 0 else { return Node(loops: 0, loss: 0, low: 0, high: 1) }
      guard suspects.contains(node) else {
        let high = Self.high(of: model.lostOn[node], in: model.passes[node])
        return Node(loops: loops, loss: best[node], low: 0, high: high)
      }
      /// The end of the interval between the best loss and `end`.
      func limit(_ end: Double) -> Double {
        var loss = best
        return Self.edge(from: best[node], to: end) { tried in
          loss[node] = tried
          loss = model.fit(loss, fixed: node, rounds: Self.more)
          return model.likelihood(loss) > likelihood - Self.drop
        }
      }
      return Node(
        loops: loops, loss: best[node], low: limit(0), high: best[node] > 0.9999 ? 1 : limit(1))
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
      -(lost > 0 ? lost * LossModel.minusLog(loss) : 0) - (all - lost) * LossModel.minusLog(1 - loss)
    }
    let best = lost / all
    return best == 1 ? 1 : edge(from: best, to: 1) { likelihood($0) > likelihood(best) - drop }
  }
}
