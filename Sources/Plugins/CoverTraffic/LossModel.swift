import MixNet

/// Loops of which only the ends are seen, by the ways that they took, and how likely they are when nodes lose so much.
///
/// A loop that is back has passed all its nodes. One that is lost was lost by one of them, more likely by one that loses more:
/// so each node is blamed for a part of it, in proportion to its estimate, and the estimates follow from the blames, again and
/// again until they stand (expectation and maximisation; Dempster, Laird and Rubin, 1977).
struct LossModel {
  /// Loops that took the same way and were lost.
  private struct Lost {
    let nodes: [Int]
    var count: Double
  }

  /// How many loops came by each node, and how many of those were lost.
  private(set) var passes: [Double]
  private(set) var lostOn: [Double]
  private var lost: [Lost] = []

  /// Loops through nodes that are known by numbers below `count`.
  init(nodes count: Int, _ loops: some Sequence<(route: CoverRoute, isLost: Bool)>) {
    passes = [Double](repeating: 0, count: count)
    lostOn = passes
    var places: [[Int]: Int] = [:]  // for look-ups only
    for loop in loops {
      let nodes = Self.nodes(of: loop.route, below: count)
      for node in nodes { passes[node] += 1 }
      guard loop.isLost, !nodes.isEmpty else { continue }
      for node in nodes { lostOn[node] += 1 }
      if let place = places[nodes] {
        lost[place].count += 1
      } else {
        places[nodes] = lost.count
        lost.append(Lost(nodes: nodes, count: 1))
      }
    }
  }

  /// The losses that make what was seen most likely, from some to begin with; one of them may be fixed.
  func fit(_ start: [Double], fixed: Int? = nil, rounds: Int) -> [Double] {
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
  func likelihood(_ loss: [Double]) -> Double {
    var back = passes
    var sum = 0.0
    for way in lost {
      for node in way.nodes { back[node] -= way.count }
      sum -= way.count * Self.minusLog(1 - way.nodes.reduce(1) { $0 * (1 - loss[$1]) })
    }
    for node in loss.indices where back[node] > 0 { sum -= back[node] * Self.minusLog(1 - loss[node]) }
    return sum
  }

  /// The natural logarithm of a probability, negated; some 44 for what cannot be.
  static func minusLog(_ probability: Double) -> Double {
    // One itself is no word.
    guard probability < 1 else { return 0 }
    return Double(Logarithm.minusLog(ofUniform: UInt64(max(0, min(probability, 1)) * 0x1p63) << 1)) * 0x1p-32
  }

  /// The nodes that can lose a loop: all but the last one, which is where it comes home.
  private static func nodes(of route: CoverRoute, below count: Int) -> [Int] {
    (0..<max(0, route.count - 1)).map { route[$0] }.filter { $0 < count }
  }
}
