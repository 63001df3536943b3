import MixHost
import MixNet
import Sphinx

/// Chooses the nodes that a packet passes: one of each layer, in the layers' order.
struct RoutePlanner {
  let directory: NetworkDirectory
  private let keys: [SphinxPublicKey?]

  /// A planner over a network whose keys are looked up at `wall`.
  init(_ directory: NetworkDirectory, at wall: WallTime) throws(CommandError) {
    self.directory = directory
    guard directory.layers > 0 else { throw CommandError("the network file has no nodes") }
    keys = directory.nodes.map { node in node.key("sphinx", at: wall).flatMap { try? SphinxPublicKey($0) } }
    for layer in 0..<directory.layers {
      guard directory.nodes.contains(where: { $0.layer == layer }) else {
        throw CommandError("the network file has no node in layer \(layer)")
      }
    }
  }

  /// One node of each layer, each as likely as the others of its layer.
  func route(_ random: inout RandomStream) -> [Int] {
    (0..<directory.layers).map { layer in
      let nodes = directory.nodes.indices.filter { directory.nodes[$0].layer == layer }
      return nodes[Int(random.below(UInt64(nodes.count)))]
    }
  }

  /// The nodes with these names.
  func route(named names: [String]) throws(UsageError) -> [Int] {
    guard (1...SphinxSize.hopsMax).contains(names.count) else {
      throw UsageError("--via takes 1 to \(SphinxSize.hopsMax) names; found \(names.count)")
    }
    var route: [Int] = []
    for name in names {
      route.append(try node(named: name))
    }
    return route
  }

  /// The node with this name.
  func node(named name: String) throws(UsageError) -> Int {
    guard let node = directory.nodes.firstIndex(where: { $0.name == name }) else {
      let known = directory.nodes.map(\.name)
      throw UsageError("the network has no node '\(name)'\(didYouMean(name, in: known))")
    }
    return node
  }

  /// The hops of a route, each with a delay drawn by `delay`.
  func hops(_ route: [Int], delay: () -> Nanos) throws(CommandError) -> [SphinxHop] {
    var hops: [SphinxHop] = []
    for node in route {
      guard let key = keys[node] else {
        throw CommandError("node '\(directory.nodes[node].name)' has no valid sphinx key in the network file now")
      }
      hops.append(SphinxHop(key: key, address: directory.nodes[node].address, delay: delay()))
    }
    return hops
  }
}
