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

  /// The nodes that loops came by, each by its place in the network's list. All that follows names a node by its place in this one,
  /// so that it takes no longer in a large network.
  private(set) var nodes: [Int] = []
  /// How many loops came by each node, and how many of those were lost.
  private(set) var passes: [Double] = []
  private(set) var lostOn: [Double] = []
  private var lost: [Lost] = []

  /// Loops through nodes whose places are below `count`.
  init(nodes count: Int, _ loops: some Sequence<(route: CoverRoute, isLost: Bool)>) {
    var numbers = [Int?](repeating: nil, count: count)
    var ways: [[Int]: Int] = [:]  // for look-ups only
    for loop in loops {
      let way = Self.places(of: loop.route, below: count).map { place in
        if let number = numbers[place] { return number }
        numbers[place] = nodes.count
        nodes.append(place)
        passes.append(0)
        lostOn.append(0)
        return nodes.count - 1
      }
      for node in way { passes[node] += 1 }
      guard loop.isLost, !way.isEmpty else { continue }
      for node in way { lostOn[node] += 1 }
      if let number = ways[way] {
        lost[number].count += 1
      } else {
        ways[way] = lost.count
        lost.append(Lost(nodes: way, count: 1))
      }
    }
  }

  /// The losses that make what was seen most likely.
  func best(rounds: Int) -> [Double] { fit([Double](repeating: 0.01, count: nodes.count), rounds: rounds) }

  /// Losses to begin with when one of them is fixed elsewhere: a loss of nothing stays what it is in all rounds, and keeps others from
  /// becoming less.
  func between(_ loss: [Double]) -> [Double] { loss.map { max(0.05, min($0, 0.9)) } }

  /// How likely what was seen is at most if one node loses so much, whatever others lose.
  ///
  /// The better of two beginnings counts, as ``between(_:)`` says why.
  func likelihood(_ loss: [Double], fixing node: Int, at tried: Double, rounds: Int) -> Double {
    [loss, between(loss)].reduce(-.infinity) { most, start in
      var start = start
      start[node] = tried
      return max(most, likelihood(fit(start, fixed: node, rounds: rounds)))
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
    // The logarithm is taken of words of 64 bits, and one would be a word of 65.
    guard probability < 1 else { return 0 }
    return Double(Logarithm.minusLog(ofUniform: UInt64(max(0, min(probability, 1)) * 0x1p63) << 1)) * 0x1p-32
  }

  /// The nodes that can lose a loop: all but the last one, which is where it comes home.
  private static func places(of route: CoverRoute, below count: Int) -> [Int] {
    (0..<max(0, route.count - 1)).map { route[$0] }.filter { $0 < count }
  }
}
