import CoverTraffic
import MixNet
import Relay
import Sphinx
import Synchronization
import Testing

@testable public import MixHost
@testable public import SimNet
@testable import VRFDelay

extension Worker: SimReactor {}

/// Nodes of a network in a simulated world, each with the stage and the real `next_hop` behind it.
final class PeerTown {
  let world: SimWorld
  let hosts: [SimHost]
  let letters: [Letters]
  /// What the network file says; nodes take it over when they start or reload.
  var network: PeerNetwork
  private var nodes: [Node?]
  private var cheats: [Int: Plugin] = [:]
  private var known: [String: [Int]] = [:]
  private let tables: String
  private let workers: Int
  /// Whether nodes send cover in Sphinx packets, in place of letters.
  private let hasCover: Bool

  /// `count` nodes in three layers, of which each chooses two in the next.
  init(_ seed: UInt64, _ count: Int = 12, tables: String = "", workers: Int = 1, hasCover: Bool = false) {
    let world = SimWorld(seed: SimSeed(seed))
    self.world = world
    let hosts = (0..<count).map { world.host(named: "n\($0)") }
    self.hosts = hosts
    letters = (0..<count).map { _ in Letters() }
    nodes = [Node?](repeating: nil, count: count)
    (self.tables, self.workers, self.hasCover) = (tables, workers, hasCover)
    var network = PeerNetwork(count)
    if hasCover { for number in 0..<count { network = network.withSphinx(number) } }
    for number in 0..<count { network = network.at(hosts[number].address(port: 9_001), number) }
    self.network = network
  }

  /// In place of the real stage this node has one that says and does what it likes.
  func cheat(_ number: Int, with plugin: Plugin) { cheats[number] = plugin }

  private func file(_ number: Int) -> ConfigFile {
    ConfigFile(
      text: """
        [node]
        name = "n\(number)"
        network = "network.json"
        state = "/state"
        [chain.mix]
        listen = "\(hosts[number].address(port: 9_001))"
        \(hasCover ? Self.coverStages : Self.letterStages)
        [pipeline]
        workers = \(workers)
        pool_size = 512
        [vrf_peers]
        peers = \(network.rules.peers)
        epoch_s = \(PeerNetwork.epochSeconds)
        overlap_s = 10
        \(tables)
        """)
  }

  private static let letterStages = """
    decode = ["letter"]
    verify = ["vrf_peers"]
    forward = ["desk", "next_hop"]
    """
  private static let coverStages = """
    decode = ["sphinx"]
    verify = ["vrf_peers", "replay"]
    delay = ["sphinx_delay"]
    mix = ["cover_traffic"]
    forward = ["next_hop"]
    [replay]
    tags_max = 65_536
    """

  private func load(_ number: Int) throws -> NodeBlueprint {
    let (file, directory) = (file(number), network.directory)
    let loader = NodeLoader(
      registry: Registry(
        [cheats[number] ?? .vrfDelay, .relay]
          + (hasCover ? [.sphinx, .coverTraffic] : [.letters(letters[number])])),
      files: hosts[number].disk,
      wall: hosts[number].clock.wall, base: ".", directory: { _ in .success(directory) })
    return try #require(loader.load(file).blueprint, "\(file.mistakes)")
  }

  func start(_ number: Int) throws {
    var seed = [UInt8](repeating: 0, count: 32)
    var span = seed.mutableSpan
    network.keys[number].reveal(into: &span)
    hosts[number].disk.install(Array(Hex.text(seed).utf8), at: "/state/vrf.key")
    if hasCover {
      hosts[number].disk.install(Array(Hex.text(PeerNetwork.sphinxSeed(number)).utf8), at: "/state/sphinx.key")
    }
    let blueprint = try load(number)
    try hosts[number].boot(reactors: workers) { [unowned self] environments in
      let node = Node(blueprint, seed: environments[0].entropy.seed())
      nodes[number] = node
      return try environments.indices.map { try node.makeWorker($0, environment: environments[$0]) }
    }
  }

  func startAll() throws { for number in hosts.indices { try start(number) } }

  func reload(_ number: Int) throws {
    let blueprint = try load(number)
    try nodes[number]?.reload(blueprint, from: [], to: [])
  }

  // MARK: Looking

  /// What a node says of its chain.
  func status(_ number: Int) throws -> ChainStatus {
    let answer = Mutex<NodeStatus?>(nil)
    nodes[number]?.status { status in answer.withLock { $0 = status } }
    _ = world.run(for: .s(1)) { answer.withLock { $0 != nil } }
    let status = try #require(answer.withLock { $0 })
    return try #require(status.chains.first)
  }

  /// What a node's stage says of itself.
  func fields(_ number: Int, of name: String = "vrf_peers") throws -> [String: StatusField.Value] {
    let stage = try status(number).stages.first { $0.stage == name }
    return Dictionary((stage?.fields ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  func count(_ name: String, _ number: Int, of stage: String = "vrf_peers") throws -> Int {
    guard case .int(let count) = try fields(number, of: stage)[name] else { return -1 }
    return count
  }

  func text(_ name: String, _ number: Int) throws -> String? {
    guard case .text(let text) = try fields(number)[name] else { return nil }
    return text
  }

  func sum(_ name: String, of stage: String = "vrf_peers") throws -> Int {
    try hosts.indices.reduce(0) { try $0 + count(name, $1, of: stage) }
  }

  /// How many packets all nodes have dropped, by the reason.
  func drops() throws -> [String: Int] {
    var drops: [String: Int] = [:]
    for number in hosts.indices {
      for drop in try status(number).dropped { drops[drop.reason, default: 0] += Int(clamping: drop.count) }
    }
    return drops
  }

  /// All that was refused or cut, over all nodes.
  func refusals() throws -> Int {
    try PeerRefusal.allCases.reduce(sum("overstayed")) { try $0 + sum("refused_\($1.rawValue)") }
  }

  var epoch: UInt64 { UInt64(hosts[0].clock.wall.seconds) / UInt64(PeerNetwork.epochSeconds) }

  /// The numbers of the nodes that a node is to choose now.
  func peers(_ number: Int) throws -> [Int] {
    let name = "\(network.list.hash) \(epoch) \(number)"
    if let known = known[name] { return known }
    let choice = try #require(network.choice(number, epoch: epoch))
    let peers = choice.peers.compactMap { peer in hosts.indices.first { PeerNetwork.address($0) == peer } }
    known[name] = peers
    return peers
  }

  /// Every node has the links that its proof says, and no others.
  func expectChosenLinks(_ location: SourceLocation = #_sourceLocation) throws {
    var guests = [Int](repeating: 0, count: hosts.count)
    for number in hosts.indices {
      let peers = try peers(number)
      for peer in peers { guests[peer] += 1 }
      let names = peers.map { "n\($0)" }.joined(separator: " ")
      #expect(try text("peers", number) == names, sourceLocation: location)
      #expect(
        try count("links", number) == peers.count && count("links_up", number) == peers.count, sourceLocation: location)
      #expect(letters[number].chosen == peers.map(PeerNetwork.address), sourceLocation: location)
    }
    for number in hosts.indices { #expect(try count("guests", number) == guests[number], sourceLocation: location) }
  }
}

extension PeerNetwork {
  /// What the key of a node's packets is made of.
  static func sphinxSeed(_ number: Int) -> [UInt8] { [UInt8(number + 1)] + [UInt8](repeating: 0x40, count: 31) }

  /// The network with a key for the packets of a node.
  func withSphinx(_ number: Int) -> PeerNetwork {
    let seed = Self.sphinxSeed(number)
    guard let key = try? SphinxSecretKey(seed.span) else { return self }
    let keys = directory.nodes[number].keys
    return withKeys(number, keys + [.init(purpose: "sphinx", bytes: key.publicKey, from: 0, until: .max)])
  }

  /// The network with a node elsewhere.
  func at(_ address: Address, _ number: Int) -> PeerNetwork {
    changed(number) { node in
      NetworkDirectory.Node(
        name: node.name, layer: node.layer, address: node.address, chains: [("mix", address)], clients: nil,
        keys: node.keys)
    }
  }
}
