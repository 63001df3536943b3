import Gossip
import MixNet
import Reputation
import Synchronization
import Testing

@testable public import MixHost
@testable public import SimNet

extension Worker: SimReactor {}

/// What came to a node's reader.
final class Inbox: GossipReader {
  private let state = Mutex<[GossipMessage]>([])
  var all: [GossipMessage] { state.withLock { $0 } }
  var texts: [String] { all.map { String(decoding: $0.payload, as: UTF8.self) } }
  func take(_ message: GossipMessage) -> Bool {
    state.withLock { $0.append(message) }
    return true
  }
}

/// Whole nodes with gossip chains in a simulated world of sockets, datagrams and disks.
final class GossipTown {
  let world: SimWorld
  let hosts: [SimHost]
  let inboxes: [Inbox]
  private(set) var nodes: [Node?]
  private let tables: (Int) -> String
  var isSigned = false
  var hasDatagrams = true
  /// A line of the chain's table.
  var clusterTakesFrom = ""
  var historyBytes = 1 << 20

  init(_ seed: UInt64, _ count: Int, tables: @escaping (Int) -> String = { _ in "" }) {
    let world = SimWorld(seed: SimSeed(seed))
    self.world = world
    hosts = (0..<count).map { world.host(named: "n\($0)") }
    inboxes = (0..<count).map { _ in Inbox() }
    nodes = [Node?](repeating: nil, count: count)
    self.tables = tables
  }

  private func load(_ number: Int) throws -> NodeBlueprint {
    let file = ConfigFile(
      text: """
        [node]
        name = "n\(number)"
        state = "/state"
        [chain.cluster]
        listen = "\(hosts[number].address(port: 7_001))"
        \(hasDatagrams ? "datagrams = \"\(hosts[number].address(port: 7_001))\"" : "")
        \(clusterTakesFrom)
        decode = ["gossip"]
        verify = ["reputation", "dedup", "signature"]
        forward = ["gossip_push"]
        observe = ["reputation"]
        [pipeline]
        workers = 1
        pool_size = 2048
        [gossip]
        \(isSigned ? "signing_key" : "cluster_key") = "gossip.key"
        seeds = ["\(hosts[0].address(port: 7_001))"]
        dedup_max = 4096
        history_bytes = \(historyBytes)
        history_messages = 1024
        origins_max = 64
        \(tables(number))
        """)
    let loader = NodeLoader(
      registry: Registry([.gossip, .reputation, .source]), files: hosts[number].disk, wall: hosts[number].clock.wall,
      base: ".",
      directory: { _ in .success(NetworkDirectory()) })
    return try #require(loader.load(file).blueprint, "\(file.mistakes)")
  }

  func start(_ number: Int) throws {
    let key = [UInt8](repeating: 0x5a, count: 31) + [isSigned ? UInt8(number) : 0]
    hosts[number].disk.install(Array(Hex.text(key).utf8), at: "/state/gossip.key")
    try hosts[number].boot { [unowned self] environments in
      let node = Node(try load(number), seed: environments[0].entropy.seed())
      nodes[number] = node
      let worker = try node.makeWorker(0, environment: environments[0])
      let inbox = inboxes[number]
      tell(number) { stage, _ in _ = stage.subscribe("news", inbox) }
      return [worker]
    }
  }

  func startAll() throws {
    for number in hosts.indices {
      try start(number)
      world.run(for: .ms(20))
    }
  }

  func tell(_ number: Int, _ body: @escaping @Sendable (GossipStage, inout Turn) -> Void) {
    _ = nodes[number]?.tell("gossip", of: "cluster") { stage, turn in
      if let stage = stage as? GossipStage { body(stage, &turn) }
    }
  }

  func publish(_ text: String, by number: Int, topic: String = "news") { publish(Array(text.utf8), by: number, topic) }

  func publish(_ payload: [UInt8], by number: Int, _ topic: String = "news") {
    tell(number) { stage, turn in _ = stage.publish(payload, topic: topic, &turn) }
  }

  /// Runs until it holds, for so long at most.
  func run(for time: Nanos, until isDone: () throws -> Bool) rethrows -> Bool {
    let end = world.now + time
    while world.now < end {
      if try isDone() { return true }
      world.run(for: .ms(100))
    }
    return false
  }

  /// Every node of these knows as many members as there are of them.
  func haveMet(_ numbers: [Int]) throws -> Bool {
    try numbers.allSatisfy { try status($0, "members") == numbers.count }
  }

  /// What a stage of a node says of itself.
  func status(_ number: Int, _ name: String) throws -> Int? {
    let answer = Mutex<NodeStatus?>(nil)
    nodes[number]?.status { status in answer.withLock { $0 = status } }
    _ = world.run(for: .s(1)) { answer.withLock { $0 != nil } }
    let stage = try #require(answer.withLock { $0 }?.chains.first).stages.first { $0.stage == "gossip" }
    guard case .int(let count) = stage?.fields.first(where: { $0.name == name })?.value else { return nil }
    return count
  }

  func members(_ number: Int) -> [GossipMember] {
    let answer = Mutex<[GossipMember]>([])
    tell(number) { stage, _ in
      let members = stage.members
      answer.withLock { $0 = members }
    }
    world.run(for: .ms(50))
    return answer.withLock { $0 }
  }
}
