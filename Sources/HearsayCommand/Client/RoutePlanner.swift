import MixHost
import MixNet
import Sphinx

/// Chooses the nodes that a packet passes: one of each layer, in the layers' order. Where it is known whom each node may send to,
/// only along that: of all ways that there are, each is as likely as any other.
struct RoutePlanner {
  let directory: NetworkDirectory
  /// Whom each node may send to; nil where nodes send to whoever is named.
  private(set) var lines: PeerLines?
  private let keys: [SphinxPublicKey?]
  private let layers: [[Int]]
  private var nextLook = WallTime(ns: 0)

  /// A planner over a network whose keys are looked up at `wall`.
  init(_ directory: NetworkDirectory, at wall: WallTime, by lines: PeerLines? = nil) throws(CommandError) {
    self.directory = directory
    self.lines = lines
    layers = (0..<directory.layers).map { layer in
      directory.nodes.indices.filter { directory.nodes[$0].layer == layer }
    }
    guard directory.layers > 0 else { throw CommandError("the network file has no nodes") }
    keys = directory.nodes.map { node in node.key("sphinx", at: wall).flatMap { try? SphinxPublicKey($0) } }
    if let empty = layers.firstIndex(of: []) {
      throw CommandError("the network file has no node in layer \(empty)")
    }
  }

  /// One node of each layer. The first or the last may be given, and the node `before` that gives the packet to the first; nil when
  /// there is no such way.
  func route(
    from first: Int? = nil, to last: Int? = nil, behind before: Int? = nil, _ random: inout RandomStream
  ) -> [Int]? {
    guard let lines else {
      var route = layers.map { $0[Int(random.below(UInt64($0.count)))] }
      if let first { route[0] = first }
      if let last { route[route.count - 1] = last }
      return route
    }
    var route: [Int] = []
    let isDrawn = ways(lines, from: first, to: last, behind: before).draw(&random) { route.append($0) }
    return isDrawn ? route : nil
  }

  private func ways(_ lines: PeerLines, from first: Int?, to last: Int?, behind before: Int? = nil) -> ChosenWays {
    var steps = layers
    if let first { steps[0] = [first] }
    if let last { steps[steps.count - 1] = steps.count == 1 && first != nil && first != last ? [] : [last] }
    // A node gives itself what it is to pass first.
    let given = before.map { node in lines.choices[node] + [node] }
    return ChosenWays(from: given ?? steps[0], through: steps, choices: lines.choices)
  }

  /// Where a client's packets enter, where their answers leave, and what it is to be able to do with that.
  struct Ends {
    /// The nodes to pass, if they are given.
    var via: [Int]?
    /// The node to reach, if it is given; else any of the last layer.
    var exit: Int?
    var hasReplies = true
    var hasLoops = false
  }

  /// An entry and a home from which all that is wanted is possible, and any that is; nil when there are none.
  func ends(_ ends: Ends, _ random: inout RandomStream) -> (entry: Int, home: Int)? {
    guard let lines else {
      return route(from: ends.via?.first, &random).map { (entry: $0[0], home: $0[$0.count - 1]) }
    }
    for entry in shuffled(ends.via.map { Array($0.prefix(1)) } ?? layers[0], &random) {
      let exits = ends.via.map { Array($0.suffix(1)) } ?? exits(from: entry, lines)
      for exit in shuffled(exits, &random) where ends.exit == nil || ends.exit == exit {
        let homes = layers[layers.count - 1].filter { home in
          (!ends.hasReplies || ways(lines, from: nil, to: home, behind: exit).count > 0)
            && (!ends.hasLoops || ways(lines, from: entry, to: home).count > 0)
        }
        guard !homes.isEmpty else { continue }
        return (entry, homes[Int(random.below(UInt64(homes.count)))])
      }
    }
    return nil
  }

  /// One of the nodes that packets from an entry can end at and be answered from to a home, each as likely as the others; nil
  /// when there is none.
  func exit(from entry: Int, answeringTo home: Int?, _ random: inout RandomStream) -> Int? {
    guard let lines else { return route(&random)?.last }
    let exits = exits(from: entry, lines).filter { exit in
      home.map { ways(lines, from: nil, to: $0, behind: exit).count > 0 } ?? true
    }
    return exits.isEmpty ? nil : exits[Int(random.below(UInt64(exits.count)))]
  }

  private func exits(from entry: Int, _ lines: PeerLines) -> [Int] {
    ways(lines, from: entry, to: nil).places(at: layers.count - 1)
  }

  private func shuffled(_ nodes: [Int], _ random: inout RandomStream) -> [Int] {
    var nodes = nodes
    for i in nodes.indices.dropFirst() { nodes.swapAt(i, Int(random.below(UInt64(i + 1)))) }
    return nodes
  }

  /// What is wrong with a way along the choices: whom a node on it has not chosen; nil when it can be taken.
  func fault(of way: [Int]) -> String? {
    guard let lines else { return nil }
    for (node, next) in zip(way, way.dropFirst()) where node != next && !lines.choices[node].contains(next) {
      let names = lines.choices[node].map { directory.nodes[$0].name }.joined(separator: ", ")
      return "'\(directory.nodes[node].name)' does not send to '\(directory.nodes[next].name)' now; "
        + (names.isEmpty ? "no line tells whom it has chosen" : "it has chosen \(names)")
    }
    return nil
  }

  /// Takes newer lines over where there are, at most a few times a second.
  mutating func refresh(at wall: WallTime) throws(CommandError) {
    // Some nodes may not have published yet when the others had.
    guard let old = lines, wall >= nextLook else { return }
    let isPartial = old.known < directory.nodes.count
    guard isPartial || wall >= old.fresh else { return }
    nextLook = WallTime(ns: wall.ns + Int64((wall >= old.fresh ? Self.pause : Self.partialPause).ns))
    do throws(PeerLines.Mistake) {
      let new = try PeerLines(old.paths, directory, at: wall)
      guard new.known > 0 else { throw PeerLines.Mistake(sentence: PeerLines.outdated(old.paths)) }
      guard wall >= old.fresh || new.known > old.known else { return }
      lines = new
    } catch {
      // They may be being written.
      if wall >= old.usable { throw CommandError(error.sentence) }
    }
  }

  private static let pause = Nanos.ms(200)
  private static let partialPause = Nanos.s(5)

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
