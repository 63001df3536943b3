import MixNet

/// The ways that a node's cover takes through the layers of its network.
struct CoverRoutes {
  /// The nodes that may be passed, and in which layer each is.
  let nodes: [NetworkDirectory.Node]
  private let layers: [[Int]]
  private let own: Int?

  /// The ways of the node with this address. A network without it, or of it alone, has none.
  init(_ directory: NetworkDirectory, of address: Bytes32) {
    nodes = directory.nodes
    var layers = [[Int]](repeating: [], count: directory.layers)
    for (place, node) in nodes.enumerated() where layers.indices.contains(node.layer) {
      layers[node.layer].append(place)
    }
    self.layers = layers
    own = nodes.firstIndex { $0.address == address }
  }

  /// Through one node of each layer behind the own one, those before it, and home: as many hops as there are layers.
  func loop(_ random: inout RandomStream) -> [Int]? {
    guard let own else { return nil }
    let behind = layers.indices.dropFirst(nodes[own].layer + 1)
    let before = layers.indices.prefix(nodes[own].layer)
    let route = Array(behind) + Array(before)
    guard !route.isEmpty, nodes.count > 1 else { return nil }
    return pick(route, &random).map { $0 + [own] }
  }

  /// Through one node of each layer behind the own one; from the last layer through all.
  func drop(_ random: inout RandomStream) -> [Int]? {
    guard let own, nodes.count > 1 else { return nil }
    let behind = Array(layers.indices.dropFirst(nodes[own].layer + 1))
    return pick(behind.isEmpty ? Array(layers.indices) : behind, &random)
  }

  private func pick(_ route: [Int], _ random: inout RandomStream) -> [Int]? {
    var picked: [Int] = []
    for layer in route {
      guard !layers[layer].isEmpty else { return nil }
      picked.append(layers[layer][Int(random.below(UInt64(layers[layer].count)))])
    }
    return picked.isEmpty ? nil : picked
  }
}
