import MixNet
import Testing

@testable import Messages
@testable public import MixHost
@testable public import SimNet

/// The whole of what a simulator needs to run a node.
extension Worker: SimReactor {}

/// What a test is told of one peer's conversations.
final class Recorder: MessagesApplication {
  var events: [PeersEvent] = []
  /// What came, by peer and stream, through all conversations.
  var came: [[UInt8]] = []
  var opened: [(peer: Bytes32, id: StreamID)] = []
  var takes = true
  /// Sends back what comes, on the same stream.
  var echoes = false

  func happened(_ event: PeersEvent, _ stage: MessagesStage, _ turn: inout Turn) {
    events.append(event)
    guard case .stream(let peer, let what) = event else { return }
    switch what {
    case .opened(let id): opened.append((peer, id))
    case .readable(let id) where takes: takeAll(id, peer, stage, &turn)
    case .writable(let id) where takes && echoes: takeAll(id, peer, stage, &turn)
    default: break
    }
  }

  func woke(_ stage: MessagesStage, _ turn: inout Turn) {}

  func takeAll(_ id: StreamID, _ peer: Bytes32, _ stage: MessagesStage, _ turn: inout Turn) {
    while let message = stage.take(from: id, of: peer, &turn) {
      came.append(message.bytes)
      if echoes { _ = stage.send(message.bytes, on: id, of: peer, &turn) }
    }
  }

  func lost(_ loss: PeerLoss) -> [LostStream]? {
    for case .lost(_, loss, let streams) in events { return streams }
    return nil
  }

  func count(_ isSo: (PeersEvent) -> Bool) -> Int { events.count(where: isSo) }
}

/// A node with the stage, on a host of a simulated world, through all its boots.
final class TestPeer {
  let host: SimHost
  private(set) var node: Node?
  private(set) var worker: Worker?
  private(set) var recorder = Recorder()
  private let more: String
  private let queueDepth: Int

  init(_ world: SimWorld, _ name: String, _ more: String = "", queueDepth: Int = 10_000) throws {
    host = world.host(named: name)
    (self.more, self.queueDepth) = (more, queueDepth)
    try host.boot { [unowned self] environments in [try start(environments[0])] }
  }

  private func start(_ environment: Environment) throws -> Worker {
    let file = ConfigFile(
      text: """
        [node]
        name = "\(host.name)"
        [chain.peers]
        listen = "\(address)"
        decode = ["messages"]
        [pipeline]
        workers = 1
        pool_size = 512
        max_queue_depth = \(queueDepth)
        [messages]
        message_max = 4096
        \(more.contains("window") ? "" : "window = 16384")
        \(more)
        """)
    let loader = NodeLoader(
      registry: Registry([.messages]), files: host.disk, wall: host.clock.wall, base: ".",
      directory: { _ in .success(NetworkDirectory()) })
    let blueprint = try #require(loader.load(file).blueprint, "\(file.mistakes)")
    let node = Node(blueprint, seed: environment.entropy.seed())
    let worker = try node.makeWorker(0, environment: environment)
    (self.node, self.worker) = (node, worker)
    recorder = Recorder()
    ask { [recorder] stage, _ in stage.application = recorder }
    return worker
  }

  var address: Address { host.address(port: 9_000) }
  var identity: Bytes32 { Fingerprint.of("hearsay node " + host.name) }

  /// Calls the stage in the node's next turn.
  func ask(_ body: @escaping (MessagesStage, inout Turn) -> Void) {
    struct Passed: @unchecked Sendable { let body: (MessagesStage, inout Turn) -> Void }
    let passed = Passed(body: body)
    let isThere = node?.tell("messages", of: "peers") { stage, turn in
      if let stage = stage as? MessagesStage { passed.body(stage, &turn) }
    }
    #expect(isThere == true)
  }

  /// Calls it now, and lets the turn pass.
  func now<Result>(_ world: SimWorld, _ body: @escaping (MessagesStage, inout Turn) -> Result) throws -> Result {
    var result: Result?
    ask { result = body($0, &$1) }
    _ = world.run(for: .s(5)) { result != nil }
    return try #require(result)
  }

  /// Sends numbered messages on a stream as fast as there is room, from a task of the world's that comes again and again.
  func links(_ world: SimWorld, to other: TestPeer) throws -> Int {
    try now(world) { stage, _ in stage.links(to: other.identity) }
  }

  var status: NodeStatus? { worker.flatMap { Node.look(at: [$0]) } }
}

/// Two peers and what they send each other.
struct Pair {
  let world: SimWorld
  let a: TestPeer
  let b: TestPeer

  init(
    _ seed: UInt64, _ more: String = "", _ settings: WorldSettings = WorldSettings(), queueDepth: Int = 10_000
  ) throws {
    world = SimWorld(seed: SimSeed(seed), settings: settings)
    a = try TestPeer(world, "a", more, queueDepth: queueDepth)
    b = try TestPeer(world, "b", more, queueDepth: queueDepth)
    world.run(for: .ms(10))
  }

  /// `from` connects to `to`, and waits until they talk.
  func connect(_ from: TestPeer, _ to: TestPeer) throws {
    let target = to.address
    from.ask { stage, turn in #expect(stage.connect(to: target, &turn) != nil) }
    let peer = to.identity
    try #require(world.run(for: .s(30)) { from.recorder.events.contains(.connected(peer)) })
  }

  func open(_ from: TestPeer, to: TestPeer) throws -> StreamID {
    let peer = to.identity
    return try #require(try from.now(world) { stage, turn in stage.open(to: peer, &turn) })
  }

  /// Sends `count` messages, waiting where there is no room; each begins with its number.
  func send(_ count: Int, size: Int = 500, on id: StreamID, _ from: TestPeer, to: TestPeer, from first: Int = 0) throws
  {
    let peer = to.identity
    var next = first
    let end = world.now + .s(600)
    while next < first + count, world.now < end {
      next = try from.now(world) { [next] stage, turn in
        var next = next
        while next < first + count,
          stage.send(Self.message(next, size), on: id, of: peer, &turn) == .queued
        { next += 1 }
        return next
      }
      world.run(for: .ms(50))
    }
    #expect(next == first + count)
  }

  static func message(_ number: Int, _ size: Int = 500) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
      + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: max(0, size - 2))
  }

  static func messages(_ range: Range<Int>, size: Int = 500) -> [[UInt8]] { range.map { message($0, size) } }
}
