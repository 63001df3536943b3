import MixNet

/// The nodes on the way of one packet, by their places in a list: at most five, which is what packets carry.
struct CoverRoute: Equatable, Sendable {
  static let hopsMax = 5
  private var hops = InlineArray<5, UInt32>(repeating: 0)
  private(set) var count = 0

  init() {}

  /// A way by these nodes, the first five of them.
  init(_ places: [Int]) { for place in places { append(place) } }

  subscript(hop: Int) -> Int { Int(hops[hop]) }

  mutating func append(_ place: Int) {
    guard count < Self.hopsMax, let place = UInt32(exactly: place) else { return }
    hops[count] = place
    count += 1
  }

  /// The same way where each place has become another one; nil when a node of it has none any more.
  func moved(to places: [Int?]) -> Self? {
    var moved = Self()
    for hop in 0..<count {
      guard places.indices.contains(self[hop]), let place = places[self[hop]] else { return nil }
      moved.append(place)
    }
    return moved
  }

  static func == (a: Self, b: Self) -> Bool { a.count == b.count && (0..<a.count).allSatisfy { a[$0] == b[$0] } }
}

/// The ways that a node's cover takes through the layers of its network.
struct CoverRoutes {
  /// The nodes that may be passed.
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

  /// The places of the nodes to which packets go on from here: those of the layer behind the own one. Behind the last one is the first,
  /// by which replies begin.
  var nextHops: [Int] {
    guard let own, layers.count > 1, layers.indices.contains(nodes[own].layer) else { return [] }
    return layers[(nodes[own].layer + 1) % layers.count]
  }

  /// For each node of one list its place in another, if it is there.
  static func places(of old: [NetworkDirectory.Node], in new: [NetworkDirectory.Node]) -> [Int?] {
    var places: [Bytes32: Int] = [:]  // for look-ups only
    for (place, node) in new.enumerated() { places[node.address] = place }
    return old.map { places[$0.address] }
  }

  /// Through one node of each layer behind the own one, those before it, and home: as many hops as there are layers.
  func loop(_ random: inout RandomStream) -> CoverRoute? {
    guard let own, nodes.count > 1, layers.count > 1, layers.count <= CoverRoute.hopsMax else { return nil }
    var route = CoverRoute()
    for step in 1..<layers.count {
      guard let place = pick((nodes[own].layer + step) % layers.count, &random) else { return nil }
      route.append(place)
    }
    route.append(own)
    return route
  }

  /// Through one node of each layer behind the own one; from the last layer through all, or to one node of the first alone.
  func drop(_ random: inout RandomStream, endsInFirst: Bool = false) -> CoverRoute? {
    guard let own, nodes.count > 1, layers.count <= CoverRoute.hopsMax else { return nil }
    let behind = nodes[own].layer + 1
    var route = CoverRoute()
    let rest = behind < layers.count ? behind..<layers.count : 0..<(endsInFirst ? 1 : layers.count)
    for layer in rest {
      guard let place = pick(layer, &random) else { return nil }
      route.append(place)
    }
    return route
  }

  private func pick(_ layer: Int, _ random: inout RandomStream) -> Int? {
    guard layers.indices.contains(layer), !layers[layer].isEmpty else { return nil }
    return layers[layer][Int(random.below(UInt64(layers[layer].count)))]
  }
}
