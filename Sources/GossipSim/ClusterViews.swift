import Gossip

/// The neighbours of all live nodes, at one time.
struct ClusterViews {
  private let live: [Int]
  /// By the node's number; nothing for who is gone.
  private let neighbours: [[Int]]

  init(_ world: ClusterWorld) {
    live = world.live.map(\.number)
    var all = [[Int]](repeating: [], count: world.nodes.count)
    for number in live { all[number] = Self.neighbours(of: world.nodes[number], world) }
    // A link counts when both ends think so.
    neighbours = all.indices.map { number in all[number].filter { all[$0].contains(number) } }
  }

  static func neighbours(of node: ClusterNode, _ world: ClusterWorld) -> [Int] {
    var numbers: [Int] = []
    node.core.views.up.forEach { slot in
      guard let record = node.core.views.neighbour(slot), let other = world.node(named: record.id) else { return }
      if other.isUp { numbers.append(other.number) }
    }
    return numbers
  }

  /// True when there is a way from each to each, and nobody has fewer neighbours.
  func areWhole(least: Int) -> Bool {
    guard let first = live.first else { return false }
    let least = min(least, live.count - 1)
    guard live.allSatisfy({ neighbours[$0].count >= least }) else { return false }
    var isReached = [Bool](repeating: false, count: neighbours.count)
    var next = [first]
    isReached[first] = true
    var reached = 1
    while let number = next.popLast() {
      for other in neighbours[number] where !isReached[other] {
        isReached[other] = true
        reached += 1
        next.append(other)
      }
    }
    return reached == live.count
  }
}
