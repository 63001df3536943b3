import MixNet
import Relay
import Synchronization
import Testing

@testable public import MixHost
@testable import Reputation
@testable public import SimNet

extension Worker: SimReactor {}

/// Nodes in a simulated world, each with both stages and the real `next_hop` behind them.
final class ScoreTown {
  let world: SimWorld
  let hosts: [SimHost]
  let letters: [Letters]
  private var nodes: [Node?]
  private let directory: NetworkDirectory
  private let tables: String
  private let workers: Int

  init(_ seed: UInt64, _ count: Int, tables: String = "", workers: Int = 1) {
    let world = SimWorld(seed: SimSeed(seed))
    self.world = world
    let hosts = (0..<count).map { world.host(named: "n\($0)") }
    self.hosts = hosts
    letters = (0..<count).map { _ in Letters() }
    nodes = [Node?](repeating: nil, count: count)
    (self.tables, self.workers) = (tables, workers)
    directory = NetworkDirectory(
      nodes: hosts.enumerated().map { number, host in
        NetworkDirectory.Node(
          name: "n\(number)", layer: 0, address: Self.address(number), chains: [("mix", host.address(port: 9_001))],
          clients: nil, keys: [])
      })
  }

  static func address(_ number: Int) -> Bytes32 { Bytes32([UInt8(number + 1), 7]) }

  private func load(_ number: Int) throws -> NodeBlueprint {
    let directory = directory
    let file = ConfigFile(
      text: """
        [node]
        name = "n\(number)"
        network = "network.json"
        state = "/state"
        [chain.mix]
        listen = "\(hosts[number].address(port: 9_001))"
        decode = ["letter"]
        verify = ["reputation"]
        forward = ["desk", "next_hop"]
        observe = ["reputation"]
        [pipeline]
        workers = \(workers)
        pool_size = 512
        [links]
        breaker_failures = 0
        reconnect_max_ms = 1000
        \(tables)
        """)
    let loader = NodeLoader(
      registry: Registry([.letters(letters[number]), .relay, .reputation]), files: hosts[number].disk,
      wall: hosts[number].clock.wall, base: ".", directory: { _ in .success(directory) })
    return try #require(loader.load(file).blueprint, "\(file.mistakes)")
  }

  func start(_ number: Int) throws {
    // The program around a node makes its folder.
    hosts[number].disk.install([], at: "/state/folder")
    try hosts[number].boot(reactors: workers) { [unowned self] environments in
      let node = Node(try load(number), seed: environments[0].entropy.seed())
      nodes[number] = node
      return try environments.indices.map { try node.makeWorker($0, environment: environments[$0]) }
    }
  }

  func startAll() throws { for number in hosts.indices { try start(number) } }

  /// Has one node send letters to another for some seconds, ten a second; says how many came.
  func send(from: Int, to: Int, seconds: Int = 3) -> Int {
    let before = letters[to].came.count
    for _ in 0..<10 * seconds {
      letters[from].send(1, to: Self.address(to))
      world.run(for: .ms(100))
    }
    world.run(for: .ms(500))
    return letters[to].came.count - before
  }

  /// Has a node report another's conduct.
  func report(_ conduct: Conduct, of node: Int, by: Int, times: Int = 1) {
    for _ in 0..<times { letters[by].report(conduct, of: Self.address(node)) }
    world.run(for: .s(2))
  }

  // MARK: Looking

  private func chain(_ number: Int) throws -> ChainStatus {
    let answer = Mutex<NodeStatus?>(nil)
    nodes[number]?.status { status in answer.withLock { $0 = status } }
    _ = world.run(for: .s(1)) { answer.withLock { $0 != nil } }
    return try #require(answer.withLock { $0 }?.chains.first)
  }

  /// What a node's stage says; nil when it says nothing of it.
  func count(_ name: String, _ number: Int) throws -> Int? {
    let stage = try chain(number).stages.first { $0.stage == "reputation" }
    guard case .int(let count) = stage?.fields.first(where: { $0.name == name })?.value else { return nil }
    return count
  }

  func text(_ name: String, _ number: Int) throws -> String? {
    let stage = try chain(number).stages.first { $0.stage == "reputation" }
    guard case .text(let text) = stage?.fields.first(where: { $0.name == name })?.value else { return nil }
    return text
  }

  /// Packets that a node's stages dropped as banned.
  func droppedAsBanned(_ number: Int) throws -> UInt64 {
    try chain(number).dropped.filter { $0.reason == "banned" }.reduce(0) { $0 + UInt64($1.count) }
  }

  /// A program that greets as some node of the town does.
  func greeting(as number: Int) throws -> [UInt8] {
    let plan = try #require(try load(0).plans.first)
    let hello = Hello(protocolTag: plan.protocolTag, limits: Letters.limits, node: Self.address(number))
    return [0, 0, 0, UInt8(hello.bytes.count + 1), FrameKind.hello.rawValue] + hello.bytes
  }
}
