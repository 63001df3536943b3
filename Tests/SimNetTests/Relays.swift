import MixNet
import Relay
import Testing

@testable public import MixHost
@testable public import SimNet

/// The whole of what a simulator needs to run a node.
extension Worker: SimReactor {}

/// An entry and an exit with an echo, each of two workers, and one client.
final class Relays {
  let world: SimWorld
  let entry: SimHost
  let exit: SimHost
  private let network: SimNetwork
  private var connection: ConnectionID?
  private(set) var answers: [[UInt8]] = []
  private var came: [UInt8] = []

  /// `isNamed`: the entry knows the exit by its name alone.
  init(_ seed: UInt64, _ faults: FaultPlan, isNamed: Bool = false) throws {
    world = SimWorld(seed: SimSeed(seed))
    (entry, exit) = (world.host(named: "entry"), world.host(named: "exit"))
    network = world.host(named: "client").makeNetwork()
    try Self.boot(exit, "type = \"exit\"\nservice = \"echo\"")
    try Self.boot(
      entry, "type = \"entry\"\nnext = \"\(isNamed ? "exit.example:9001" : exit.address(port: 9_001).description)\"")
    world.run(for: .s(2))
    world.faults = faults
  }

  private static func boot(_ host: SimHost, _ circuit: String) throws {
    let file = ConfigFile(
      text: """
        [node]
        name = "\(host.name)"
        [chain.relay]
        listen = "\(host.address(port: 9_001))"
        decode = ["plain"]
        forward = ["circuit"]
        [circuit]
        \(circuit)
        [plain]
        frame_max = 4096
        [pipeline]
        workers = 2
        pool_size = 1024
        """)
    let loader = NodeLoader(
      registry: Registry([.relay]), files: host.disk, wall: host.clock.wall, base: ".",
      directory: { _ in .success(NetworkDirectory()) })
    let blueprint = try #require(loader.load(file).blueprint, "\(file.mistakes)")
    try host.boot(reactors: blueprint.workers) { environments in
      let node = Node(blueprint, seed: environments[0].entropy.seed())
      return try environments.enumerated().map { try node.makeWorker($0.offset, environment: $0.element) }
    }
  }

  func connect() throws {
    let made = try network.connect(entry.address(port: 9_001))
    connection = made
    try #require(world.run(for: .s(20)) { network.finishConnect(made) == .moved(0) })
    (answers, came) = ([], [])
  }

  /// Sends a raw frame, and takes what has been answered.
  func ask(_ body: [UInt8]) {
    guard let connection else { return }
    var rest = (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (24 - 8 * $0)) } + body
    while !rest.isEmpty, case .moved(let count) = network.write(connection, rest) { rest.removeFirst(count) }
    listen(for: .ms(1))
  }

  /// Connects if that can be; whatever was answered before is forgotten.
  func tryConnect() -> Bool {
    (connection, answers, came) = (nil, [], [])
    guard let made = try? network.connect(entry.address(port: 9_001)) else { return false }
    guard world.run(for: .s(20), until: { network.finishConnect(made) == .moved(0) }) else { return false }
    connection = made
    return true
  }

  /// Ends the connection.
  func disconnect() {
    if let connection { network.close(connection, abort: false) }
    connection = nil
  }

  func listen(for span: Nanos) {
    world.run(for: span)
    guard let connection else { return }
    came += network.drain(connection).bytes
    while came.count >= 4 {
      let size = came[..<4].reduce(0) { $0 << 8 | Int($1) }
      guard came.count >= 4 + size else { return }
      answers.append(Array(came[4..<4 + size]))
      came.removeFirst(4 + size)
    }
  }
}
