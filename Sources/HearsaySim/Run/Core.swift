import MixNet
import SimNet

/// How the network stands once the faults are over.
enum Healing: String, CaseIterable, Sendable {
  /// All of it is whole again.
  case whole
  /// A part alone is, with at least one node of each layer; the rest stays broken for ever.
  case core
}

/// The part of a network that must work again: its nodes by layer, the clients that can be served there, and what becomes
/// of the other nodes.
struct Core {
  /// By number, in each layer.
  let layers: [[Int]]
  /// The clients whose home is in it.
  let clients: [Int]
  /// What the nodes outside suffer.
  let ruins: [(node: Int, how: Ruin)]

  /// All of a network.
  init(allOf plan: MixPlan, clients count: Int) {
    layers = plan.layers
    clients = Array(0..<count)
    ruins = []
  }

  /// A part that is drawn: each node as likely in as out, but one of each layer, and one client's home, for sure.
  init(of plan: MixPlan, homes: [Int], _ random: inout RandomStream) {
    var isIn: [Bool] = []
    for _ in plan.directory.nodes { isIn.append(random.below(2) == 0) }
    for layer in plan.layers { isIn[layer[Int(random.below(UInt64(layer.count)))]] = true }
    if !homes.isEmpty { isIn[homes[Int(random.below(UInt64(homes.count)))]] = true }
    var ruins: [(node: Int, how: Ruin)] = []
    for (node, isIn) in isIn.enumerated() {
      let how = Ruin.allCases[Int(random.below(UInt64(Ruin.allCases.count)))]
      if !isIn { ruins.append((node, how)) }
    }
    layers = plan.layers.map { $0.filter { isIn[$0] } }
    clients = homes.indices.filter { isIn[homes[$0]] }
    self.ruins = ruins
  }

  func contains(_ node: Int) -> Bool { layers.contains { $0.contains(node) } }

  /// Routes that use each pair of nodes of neighbouring layers at least once.
  var allPairs: [[Int]] {
    let most = layers.reduce(1) { max($0, $1.count) }
    return (0..<most * most).map { number in
      let (i, j) = (number / most, number % most)
      return [layers[0][i % layers[0].count], layers[1][j % layers[1].count], layers[2][(i + j) % layers[2].count]]
    }
  }
}
