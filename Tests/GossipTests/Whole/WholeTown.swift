import Gossip
import MixNet
import Testing

@testable import MixHost
@testable import SimNet

/// Whole nodes, each with a host, a chain from a file as `gossip.toml` is, sockets and datagrams, in a simulated world whose links have latencies of
/// their own. What goes between each node's stages and its core is on a tape, and what goes over the links on another.
final class WholeTown {
  static let port: UInt16 = 9_100
  static let topic = "news"

  let world: SimWorld
  let hosts: [SimHost]
  let shelf = TapeShelf()
  let wire = WireTap()
  private var nodes: [Node?]
  private let inboxes: [Inbox]
  private let table: String
  private let batch: Int
  /// What a node is called, by its number.
  var name: (Int) -> String = { "n\($0)" }

  /// `latency`: one way, of two nodes by their numbers. `table`: lines of `[gossip]`.
  init(_ count: Int, seed: UInt64, batch: Int = 128, table: String, latency: (Int, Int) -> Nanos) {
    var settings = WorldSettings()
    settings.wall = WallTime(ns: 1_700_000_000_000_000_000)
    let world = SimWorld(seed: SimSeed(seed), settings: settings)
    self.world = world
    (self.table, self.batch) = (table, batch)
    hosts = (0..<count).map { world.host(named: "n\($0)") }
    inboxes = (0..<count).map { _ in Inbox() }
    nodes = [Node?](repeating: nil, count: count)
    for a in 0..<count {
      for b in 0..<a {
        world.setConditions(LinkConditions(delay: .fixed(latency(a, b))), between: hosts[a], and: hosts[b])
      }
    }
    world.meter = wire
  }

  private func file(_ number: Int) -> ConfigFile {
    ConfigFile(
      text: """
        [node]
        name = "\(name(number))"
        state = "/state"
        [chain.gossip]
        listen = "\(hosts[number].address(port: Self.port))"
        datagrams = "\(hosts[number].address(port: Self.port))"
        workers = 1
        decode = ["gossip"]
        verify = ["dedup", "signature"]
        forward = ["gossip_push"]
        observe = ["tape"]
        [pipeline]
        workers = 1
        pool_size = 4096
        batch_size = \(batch)
        [gossip]
        cluster_key = "cluster.key"
        seeds = ["\(hosts[(number + 1) % 2].address(port: Self.port))"]
        \(table)
        """)
  }

  func start(_ number: Int) throws {
    hosts[number].disk.install(Array(Hex.text([UInt8](repeating: 7, count: 32)).utf8), at: "/state/cluster.key")
    try hosts[number].boot { [unowned self] environments in
      let file = file(number)
      let loader = NodeLoader(
        registry: Registry([.gossip, .tape(shelf)]), files: hosts[number].disk, wall: hosts[number].clock.wall,
        base: ".", directory: { _ in .success(NetworkDirectory()) })
      let blueprint = try #require(loader.load(file).blueprint, "\(file.mistakes)")
      let node = Node(blueprint, seed: environments[0].entropy.seed())
      nodes[number] = node
      let worker = try node.makeWorker(0, environment: environments[0])
      let inbox = inboxes[number]
      tell(number) { stage, _ in _ = stage.subscribe(Self.topic, inbox) }
      return [worker]
    }
  }

  func publish(_ payload: [UInt8], by number: Int) {
    tell(number) { stage, turn in _ = stage.publish(payload, topic: Self.topic, &turn) }
  }

  private func tell(_ number: Int, _ body: @escaping @Sendable (GossipStage, inout Turn) -> Void) {
    _ = nodes[number]?.tell("gossip", of: "gossip") { stage, turn in
      if let stage = stage as? GossipStage { body(stage, &turn) }
    }
  }

  func kill(_ number: Int) { hosts[number].crash(.killed) }

  /// The tape of a node's first life.
  func tape(_ number: Int) throws -> CoreTape { try #require(shelf.tapes["n\(number)"]?.first) }

  /// What came to a node's reader.
  func read(_ number: Int) -> [GossipMessage] { inboxes[number].all }
}
