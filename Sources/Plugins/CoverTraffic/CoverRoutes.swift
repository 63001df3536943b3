import MixHost
import MixNet

/// The nodes on the way of one packet, by their places in a list: at most five, which is what packets carry.
struct CoverRoute: Equatable, Sendable {
  static let hopsMax = 5
  private var hops = InlineArray<5, UInt32>(repeating: 0)
  private(set) var count = 0

  init() {}

  /// A way by these nodes, the first five of them.
  init(_ nodes: [Int]) { for node in nodes { append(node) } }

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

/// The ways that a node's cover takes through the layers of its network. Where nodes choose their peers, only those along their
/// choices. Of all ways that there are, each is as likely as any other.
struct CoverRoutes {
  /// The nodes that may be passed.
  let nodes: [NetworkDirectory.Node]
  private let layers: [[Int]]
  private let own: Int?
  /// The layers that a loop passes on its way home, those of a drop message, and those of one that ends in the first.
  private let loopLayers: [Int]
  private let dropLayers: [Int]
  private let shortLayers: [Int]
  private let chosen: ChosenRoutes?

  /// The ways of the node with this address. A network without it, or of it alone, has none.
  init(_ directory: NetworkDirectory, of address: Bytes32, by chooser: (any PeerChooser)? = nil) {
    nodes = directory.nodes
    var layers = [[Int]](repeating: [], count: directory.layers)
    for (place, node) in nodes.enumerated() where layers.indices.contains(node.layer) {
      layers[node.layer].append(place)
    }
    self.layers = layers
    own = nodes.firstIndex { $0.address == address && layers.indices.contains($0.layer) }
    guard let own, nodes.count > 1, layers.count <= CoverRoute.hopsMax else {
      (loopLayers, dropLayers, shortLayers, chosen) = ([], [], [], nil)
      return
    }
    let behind = nodes[own].layer + 1
    loopLayers = (0..<layers.count - 1).map { (behind + $0) % layers.count }
    let isLast = behind == layers.count
    dropLayers = Array(isLast ? 0..<layers.count : behind..<layers.count)
    shortLayers = isLast ? [0] : dropLayers
    guard let chooser else {
      chosen = nil
      return
    }
    let home = loopLayers.isEmpty ? [] : [[own]]
    let steps = [loopLayers, dropLayers, shortLayers].map { $0.map { layers[$0] } }
    chosen = ChosenRoutes(chooser, nodes, own: own, steps: [steps[0] + home, steps[1], steps[2]])
  }

  /// The places of the nodes to which packets go on from here now: those of the layer behind the own one, or those of them that it
  /// has chosen. Behind the last layer is the first, by which replies begin.
  var nextHops: [Int] {
    guard let own, layers.count > 1 else { return [] }
    let next = (nodes[own].layer + 1) % layers.count
    return chosen.map { chosen in chosen.nextHops.filter { nodes[$0].layer == next } } ?? layers[next]
  }

  /// For each node of one list its place in another, if it is there.
  static func places(of old: [NetworkDirectory.Node], in new: [NetworkDirectory.Node]) -> [Int?] {
    var places: [Bytes32: Int] = [:]  // for look-ups only
    for (place, node) in new.enumerated() { places[node.address] = place }
    return old.map { places[$0.address] }
  }

  /// Through one node of each layer behind the own one, those before it, and home: as many hops as there are layers. Nil when there
  /// is no such way, or none is known.
  func loop(_ random: inout RandomStream) -> CoverRoute? {
    if let chosen { return chosen.draw(.loop, &random) }
    guard let own, var route = draw(loopLayers, &random) else { return nil }
    route.append(own)
    return route
  }

  /// Through one node of each layer behind the own one; from the last layer through all, or to one node of the first alone. Nil when
  /// there is no such way, or none is known.
  func drop(_ random: inout RandomStream, endsInFirst: Bool = false) -> CoverRoute? {
    if let chosen { return chosen.draw(endsInFirst ? .shortDrop : .drop, &random) }
    return draw(endsInFirst ? shortLayers : dropLayers, &random)
  }

  private func draw(_ steps: [Int], _ random: inout RandomStream) -> CoverRoute? {
    guard !steps.isEmpty else { return nil }
    var route = CoverRoute()
    for layer in steps {
      guard !layers[layer].isEmpty else { return nil }
      route.append(layers[layer][Int(random.below(UInt64(layers[layer].count)))])
    }
    return route
  }
}
