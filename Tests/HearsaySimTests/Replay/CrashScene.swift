import MixHost
import MixNet
import SimNet
import Sphinx
import Synchronization
import Testing

@testable import HearsaySim

/// Two real mixes and a client in a simulated world. What the replay stage of a mix lets through is seen by a stage behind it, over
/// all lives of the mix.
final class CrashScene {
  let world: SimWorld
  let mixes: [SimHost]
  let directory: NetworkDirectory
  /// What was let through at each mix.
  let passed: [Passed]
  /// What the mailboxes have said to be kept.
  let mail = MailboxLog()
  private var workers: [[Worker]] = [[], []]
  private let clientHost: SimHost
  private var client: Correspondent?
  /// A client that was there once and is away.
  private let absent = ClientKey(seed: [9])
  private let key = ClientKey(seed: [8])
  /// What was sent, and what opens the answers.
  private var sent: [Int: [UInt8]] = [:]
  private var answers: [(number: Int, identifier: Bytes16, recovery: SURBRecovery)] = []

  private static let folder = "/node"
  static let tags = folder + "/state/replay."

  /// Starts the mixes with these lines in `[replay]`; the client is attached to both.
  init(_ seed: UInt64, replay: String = "durable = true") throws {
    let world = SimWorld(seed: SimSeed(seed))
    mixes = ["mix-1", "mix-2"].map { world.host(named: $0) }
    var random = RandomStream(seed: Seed(seed))
    let secrets = mixes.map { _ in SphinxSecretKey(random: &random) }
    directory = NetworkDirectory(
      nodes: zip(mixes, secrets).enumerated().map { number, pair in
        NetworkDirectory.Node(
          name: pair.0.name, layer: number, address: Fingerprint.of(pair.0.name),
          chains: [("mix", pair.0.address(port: MixPlan.chainPort))],
          clients: pair.0.address(port: MixPlan.clientPort),
          keys: [.init(purpose: "sphinx", bytes: pair.1.publicKey, from: 0, until: .max)])
      }, payloadSize: SphinxSize.regular.payload)
    passed = mixes.map { _ in Passed() }
    clientHost = world.host(named: "client")
    self.world = world
    for (number, host) in mixes.enumerated() {
      host.disk.install(Array(Self.text(host, replay).utf8), at: Self.folder + "/plugins.toml")
      var secret = [UInt8](repeating: 0, count: 32)
      var span = secret.mutableSpan
      secrets[number].reveal(into: &span)
      host.disk.install(Array(Hex.text(secret).utf8), at: Self.folder + "/state/sphinx.key")
      try host.boot(reactors: 2) { [unowned self] in try start(number, $0) }
    }
    try attach(absent)
    try attach(key)
  }

  private static func text(_ host: SimHost, _ replay: String) -> String {
    """
    [node]
    name = "\(host.name)"
    network = "network.json"
    [pipeline]
    workers = 2
    pool_size = 256
    batch_size = 16
    [chain.mix]
    listen = "\(host.address(port: MixPlan.chainPort))"
    decode = ["sphinx"]
    verify = ["replay"]
    delay = ["sphinx_delay"]
    forward = ["next_hop"]
    observe = ["passed"]
    [next_hop]
    services = ["echo", "sink", "store=file:stored"]
    [mailbox]
    file = "mailbox"
    [clients]
    listen = "\(host.address(port: MixPlan.clientPort))"
    [replay]
    tags_max = 4096
    \(replay)
    """
  }

  private func start(_ number: Int, _ environments: [Environment]) throws -> [any SimReactor] {
    let host = mixes[number]
    let text = String(decoding: try host.disk.read(Self.folder + "/plugins.toml", limit: 1 << 20).bytes, as: UTF8.self)
    let file = ConfigFile(text: text)
    let seen = passed[number]
    let plugin = Plugin(name: "looker", summary: "looks on", stages: [PassedStage.descriptor(seen)])
    let directory = directory
    let loader = NodeLoader(
      registry: Registry(CryptoKind.real.plugins + [plugin]), files: host.disk, wall: host.clock.wall,
      base: Self.folder, directory: { _ in .success(directory) })
    let blueprint = try #require(loader.load(file).blueprint, "\(file.mistakes)")
    let limits = MailboxLimits(messagesMax: 100, clientMax: 100, clientsMax: 10, keep: .s(1_000_000))
    let node = Node(
      blueprint, seed: environments[0].entropy.seed(),
      mailbox: host.openMailbox(in: Self.folder + "/state/mailbox", limits, mail))
    workers[number] = try environments.enumerated().map { try node.makeWorker($0.offset, environment: $0.element) }
    nodes[number] = node
    return workers[number]
  }
  private var nodes: [Node?] = [nil, nil]

  /// A mix stops in good order, as far as it can.
  func stop(_ number: Int) { nodes[number]?.stop() }

  func status(_ number: Int) -> NodeStatus? { Node.look(at: workers[number]) }

  // MARK: The client

  /// A client attaches to both mixes, in place of the one that was there.
  private func attach(_ key: ClientKey) throws {
    let doors = mixes.enumerated().map { ($0.offset, $0.element.address(port: MixPlan.clientPort)) }
    try clientHost.boot { [unowned self] environments in
      let made = try Correspondent(environments[0], key, doors)
      client = made
      return [made]
    }
    try #require(world.run(for: .s(20)) { client?.isReady == true })
  }

  func attachAgain() throws { try attach(key) }

  /// The client that was away comes, in place of the one that is there.
  func attachAbsent() throws { try attach(absent) }

  /// What has come to the client that is there from the first mix, in that order; nothing is confirmed.
  func messages() -> [ClientWire.Message] { client?.wires.first?.messages ?? [] }

  /// Packets of all kinds, the same for the same seed: for a service of the first mix (0), for the other mix (1), one that is
  /// answered (2), one for a file (3), and one for a client that is away (4).
  func packets(_ count: Int, kinds: [Int] = [0, 1, 2, 3, 4]) throws -> [[UInt8]] {
    let forge = CryptoKind.real.forge(directory)
    var random = RandomStream(seed: Seed(77))
    return try (0..<count).map { number in
      let kind = kinds[number % kinds.count]
      let route = (kind == 1 ? [0, 1] : [0]).map { ForgeHop(node: $0, delay: .us(300)) }
      let service = ["sink", "sink", "echo", "store", ""][kind]
      let destination = kind == 4 ? absent.address : Fingerprint.service(service)
      var block: [UInt8] = []
      if kind == 2 || kind == 3 {
        let back = SphinxRecipient(
          destination: key.address, identifier: Bytes16(words: [UInt64(number) + 1, random.next()]))
        let made = try #require(
          forge.replyBlock(along: [ForgeHop(node: 0, delay: .zero)], to: back, random: &random))
        block = made.bytes
        answers.append((number, back.identifier, made.recovery))
      }
      let message = Self.message(number, block)
      sent[number] = message
      let recipient = SphinxRecipient(destination: destination, identifier: Bytes16(words: [UInt64(number), 5]))
      return try #require(forge.packet(message, along: route, to: recipient, random: &random))
    }
  }

  /// A message of one fragment with a block for the answer, if there is one.
  private static func message(_ number: Int, _ block: [UInt8]) -> [UInt8] {
    TestMessage(number: number, data: data(number), block: block).bytes
  }

  /// What a message of a number says.
  static func data(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 40) }

  /// The message of a number, as it was sent.
  func message(_ number: Int) -> [UInt8] { sent[number] ?? [] }

  // MARK: What was stored

  private static func path(_ number: Int) -> String {
    "\(folder)/state/stored/\(Bytes16(words: [UInt64(number), 1]))"
  }

  /// The file that the message of a number has become.
  func stored(_ number: Int) -> [UInt8]? { try? mixes[0].disk.read(Self.path(number), limit: 1 << 20).bytes }

  /// Numbers of the messages of which the client has been told that they are stored.
  func receipts() throws -> [Int] {
    let forge = CryptoKind.real.forge(directory)
    return try messages().compactMap { message in
      let answer = try #require(answers.first { $0.identifier == message.identifier })
      let text = String(decoding: try #require(forge.open(message.payload, with: answer.recovery)), as: UTF8.self)
      // Before the line stands the head of a fragment.
      return text.contains("stored \(Self.data(answer.number).count) bytes as ") ? answer.number : nil
    }
  }

  // MARK: A life

  /// Packets in twos and threes, until the first mix's disk has done so many jobs and some time has passed; then its end. False when
  /// there are not so many jobs.
  func live(_ packets: [[UInt8]], jobs: Int, then rest: Nanos, _ how: SimHost.Crash) -> Bool {
    let disk = mixes[0].disk
    let goal = disk.jobsDone + jobs
    var next = 0
    while disk.jobsDone < goal {
      guard next < packets.count else {
        guard world.run(for: .s(2), until: { disk.jobsDone >= goal }) else { return false }
        break
      }
      for packet in packets[next..<min(next + 2 + next % 2, packets.count)] { send(packet) }
      next += 2 + next % 2
      _ = world.run(for: .ms(2)) { disk.jobsDone >= goal }
    }
    world.run(for: rest)
    mixes[0].crash(how)
    return true
  }

  func send(_ packet: [UInt8], to mix: Int = 0) { client?.send(packet, to: mix) }

  /// True while the client's connection to the first mix is up.
  var isAttached: Bool { client?.wires.first?.state == .attached }
}

/// How often each packet was let through: by its bytes behind the head, which follow from those it came with.
final class Passed: Sendable {
  private let counts = Mutex<[Bytes32: Int]>([:])
  private let downs = Mutex(0)

  func note(_ bytes: [UInt8]) {
    let print = Fingerprint.of(bytes)
    counts.withLock { $0[print, default: 0] += 1 }
  }
  func noteDown() { downs.withLock { $0 += 1 } }

  /// Packets that were let through, and the most times that one of them was.
  var count: Int { counts.withLock { $0.count } }
  var most: Int { counts.withLock { $0.values.max() ?? 0 } }
  /// Links between the mixes that went down.
  var linksDown: Int { downs.withLock { $0 } }
}

/// Looks at what comes to the chain's tail.
private final class PassedStage: ObserveStage {
  private let passed: Passed
  private init(_ passed: Passed) { self.passed = passed }

  func observe(_ batch: borrowing PacketBatch, _ verdicts: borrowing Verdicts, after phase: Phase, _ turn: inout Turn) {
    guard phase == .delay else { return }
    for i in batch.indices {
      let bytes = batch.bytes(i)
      passed.note(bytes.indices.map { bytes[$0] })
    }
  }

  func linkChanged(_ change: LinkChange, _ turn: inout Turn) {
    if !change.isUp, !change.isClient { passed.noteDown() }
  }

  static func descriptor(_ passed: Passed) -> StageDescriptor {
    StageDescriptor(
      .observe, "passed", summary: "looks on", config: { (_: inout ConfigTable) in true },
      make: { (_: Bool, _: inout StageBuilder) throws(BuildError) -> any ObserveStage in PassedStage(passed) })
  }
}
