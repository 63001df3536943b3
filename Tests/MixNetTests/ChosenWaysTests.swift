import Testing

@testable import MixNet

/// Ways along what nodes have chosen: all of them, each as likely as the others, and never another one.
@Suite struct ChosenWaysTests {
  /// Three layers of three; each node has some of the next layer.
  private static let choices = [[3, 4], [4, 5], [5], [6, 7], [7], [8, 6, 7], [0], [1, 2], [2]]
  private static let layers = [[0, 1, 2], [3, 4, 5], [6, 7, 8]]

  private func draw(_ ways: ChosenWays, _ random: inout RandomStream) -> [Int]? {
    var way: [Int] = []
    return ways.draw(&random) { way.append($0) } ? way : nil
  }

  /// All ways through the steps, found by trying everything.
  private func all(_ first: [Int], _ steps: [[Int]]) -> [[Int]] {
    guard let step = steps.first else { return [[]] }
    return first.filter(step.contains).flatMap { node in
      all(Self.choices[node], Array(steps.dropFirst())).map { [node] + $0 }
    }
  }

  @Test(arguments: [
    ([0, 1, 2], layers), ([0], layers), ([3, 4], [layers[1], layers[2], [0]]), ([5], [layers[1], layers[2], [1]]),
  ]) func eachWayIsAsLikely(_ first: [Int], _ steps: [[Int]]) throws {
    let ways = ChosenWays(from: first, through: steps, choices: Self.choices)
    let known = all(first, steps)
    #expect(ways.count == UInt64(known.count))
    var random = RandomStream(seed: Seed(3))
    var counts: [[Int]: Int] = [:]
    let trials = 20_000 * known.count
    for _ in 0..<trials {
      let drawn = draw(ways, &random)
      counts[try #require(drawn), default: 0] += 1
    }
    #expect(Set(counts.keys) == Set(known))
    let square = known.reduce(0.0) { sum, way in
      let distance = Double(counts[way] ?? 0) - 20_000
      return sum + distance * distance / 20_000
    }
    // Chi squared exceeds this with a probability of less than 0.001 for up to ten degrees of freedom.
    #expect(known.count <= 11 && square < 29.6, "\(square) with \(known.count) ways")
    let ends = Set(known.compactMap(\.last)).sorted()
    #expect(ways.places(at: steps.count - 1) == ends)
  }

  @Test func thereMayBeNone() {
    var random = RandomStream(seed: Seed(3))
    for (first, steps) in [
      ([], Self.layers), ([2], [[0, 1], [3, 4]]), ([4], [Self.layers[1], [6]]), ([0], []),
    ] as [([Int], [[Int]])] {
      let ways = ChosenWays(from: first, through: steps, choices: Self.choices)
      #expect(ways.count == 0 && draw(ways, &random) == nil)
    }
    #expect(ChosenWays(from: [4], through: [[4], [6]], choices: Self.choices).places(at: 1) == [])
  }

  /// More ways than a number can say: no trap, and what is drawn is a way.
  @Test func countsStayWithinTheirBounds() throws {
    let all = Array(0..<300)
    let choices = all.map { _ in all }
    let ways = ChosenWays(from: all, through: [[Int]](repeating: all, count: 9), choices: choices)
    #expect(ways.count == .max)
    var random = RandomStream(seed: Seed(5))
    for _ in 0..<100 {
      let drawn = draw(ways, &random)
      #expect(try #require(drawn).count == 9)
    }
  }
}
