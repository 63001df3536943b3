import MixNet
import Relay
import Testing

@testable public import MixHost
@testable public import SimNet

/// The whole of what a simulator needs to run a node.
extension Worker: SimReactor {}

/// Unchanged nodes run in a world: what a relay answers over real sockets, it answers here.
@Suite struct WholeNodeTests {
  /// An entry and an exit with an echo, each of two workers, and one client.
  private final class Relays {
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

  /// A name is looked up each time that the link connects: what it stands for then is where the link goes.
  @Test(arguments: [FaultPlan.quiet, .of((.names, .percent(50)))])
  func aRelayFindsItsNextOneByName(_ faults: FaultPlan) throws {
    let relays = try Relays(23, faults, isNamed: true)
    try relays.connect()
    // Nobody knows the name yet: what is asked for waits, and is given up.
    relays.ask([1])
    relays.listen(for: .s(60))
    #expect(relays.answers.isEmpty)
    relays.world.name("exit.example", [relays.exit.address(port: 1)])
    relays.listen(for: .s(600))
    // The client's own link was idle for too long.
    try relays.connect()
    relays.ask([2, 2])
    relays.listen(for: .s(60))
    #expect(relays.answers == [[2, 2]])
    #expect(faults[.names] == .never || relays.world.struck[.names] > 0)
  }

  /// Of several addresses one after the other is tried.
  @Test func allAddressesOfANameAreTried() throws {
    let relays = try Relays(24, .quiet, isNamed: true)
    let nobody = try #require(Address("10.9.9.9:1"))
    relays.world.name("exit.example", [nobody, nobody, relays.exit.address(port: 1)])
    relays.world.run(for: .s(600))
    try relays.connect()
    relays.ask([3])
    relays.listen(for: .s(10))
    #expect(relays.answers == [[3]])
  }

  private static let rough = FaultPlan.of(
    (.loss, .percent(2)), (.latency, .percent(2)), (.segment, .percent(30)), (.partial, .percent(30)))

  @Test("fault 4: frames that come in pieces of any size", arguments: [false, true])
  func aRelayAnswersInOrder(_ isRough: Bool) throws {
    func run() throws -> (answers: [[UInt8]], digest: Bytes32) {
      let relays = try Relays(21, isRough ? Self.rough : .quiet)
      try relays.connect()
      for number in 0..<100 { relays.ask(pattern(1 + number * 37, from: number)) }
      for _ in 0..<200 where relays.answers.count < 100 { relays.listen(for: .ms(100)) }
      return (relays.answers, relays.world.trace.digest)
    }
    let (one, other) = (try run(), try run())
    #expect(one.answers == (0..<100).map { pattern(1 + $0 * 37, from: $0) })
    #expect(one.digest == other.digest)
  }

  @Test(arguments: [SimHost.Crash.killed, .power])
  func aRelayFindsItsNextOneAgain(_ how: SimHost.Crash) throws {
    let relays = try Relays(22, .quiet)
    try relays.connect()
    relays.ask([1, 2, 3])
    relays.listen(for: .s(1))
    #expect(relays.answers == [[1, 2, 3]])
    relays.exit.crash(how)
    relays.world.run(for: .s(1))
    try relays.exit.restart()
    relays.world.run(for: .s(60))
    try relays.connect()
    // After a loss of power the link looks whole until something is sent on it: that one is lost.
    if how == .power {
      relays.ask([9])
      relays.listen(for: .s(10))
      #expect(relays.answers.isEmpty)
      try relays.connect()
    }
    relays.ask([4, 5])
    relays.listen(for: .s(2))
    #expect(relays.answers == [[4, 5]])
  }
}
