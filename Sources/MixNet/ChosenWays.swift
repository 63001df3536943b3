/// The ways through a network in which each node sends to those alone that it has chosen: how many there are, and one of them
/// at random, each as likely as any other.
///
/// A way passes one node of each of some sets, in their order. Counted from the end on, each node knows how many ways lead from it to
/// the end; so a way is drawn by its number, without a step that leads nowhere. Nodes are named by their places in a list.
package struct ChosenWays: Sendable {
  /// For each step, by place: how many ways lead from there to the end; none for a node that the step does not allow.
  private var onward: [[UInt64]]
  private let first: [Int]
  private let choices: [[Int]]
  /// How many ways there are; beyond 2^64 it stays there.
  package let count: UInt64

  /// The ways that begin at one of `first` and pass a node of each of `steps`; `choices` has, for each place, whom that node may send
  /// to. No place is twice in one of these lists, and none is beyond the end of `choices`.
  package init(from first: [Int], through steps: [[Int]], choices: [[Int]]) {
    self.first = first
    self.choices = choices
    onward = steps.map { _ in [UInt64](repeating: 0, count: choices.count) }
    for step in steps.indices.reversed() {
      for place in steps[step] {
        let isLast = step == steps.count - 1
        onward[step][place] = isLast ? 1 : Self.sum(choices[place], onward[step + 1])
      }
    }
    count = onward.first.map { Self.sum(first, $0) } ?? 0
  }

  private static func sum(_ places: [Int], _ counts: [UInt64]) -> UInt64 {
    places.reduce(0) { sum, place in
      let (sum, isOver) = sum.addingReportingOverflow(counts[place])
      return isOver ? .max : sum
    }
  }

  /// Hands out the nodes of one way, in order; false when there is none. One draw.
  package func draw(_ random: inout RandomStream, _ take: (Int) -> Void) -> Bool {
    guard count > 0 else { return false }
    var number = random.below(count)
    var from = first
    for step in onward.indices {
      for place in from {
        let ways = onward[step][place]
        guard number >= ways else {
          take(place)
          from = choices[place]
          break
        }
        number -= ways
      }
    }
    return true
  }

  /// Those of a step's nodes that some way passes there.
  package func places(at step: Int) -> [Int] {
    var from = first
    for earlier in 0..<step {
      var isThere = [Bool](repeating: false, count: choices.count)
      for place in from where onward[earlier][place] > 0 { for next in choices[place] { isThere[next] = true } }
      from = isThere.indices.filter { isThere[$0] }
    }
    return from.filter { onward[step][$0] > 0 }
  }
}
