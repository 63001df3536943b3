import Messages
import MixNet
import Relay
import Sphinx

@testable import MixHost

/// A whole node with every kind of link: a mix with peers, clients and a service's program, an entry and an exit of the
/// plain relay, and a peer that is talked with. It goes on from input to input, and comes to rest between them.
final class FuzzNode {
  let network = HandNetwork()
  let clock = HandClock()
  let worker: Worker
  let mix = Address.loopback(port: 9_001)
  let clients = Address.loopback(port: 9_002)
  let entry = Address.loopback(port: 9_003)
  let exit = Address.loopback(port: 9_004)
  let talk = Address.loopback(port: 9_005)
  let peer = Address.loopback(port: 9_101)
  let next = Address.loopback(port: 9_102)
  let program: Address
  let mixAddress = Bytes32([1])
  let peerAddress = Bytes32([2])

  private static let config = """
    [node]
    name = "fuzz"
    network = "network.json"
    [chain.mix]
    listen = "127.0.0.1:9001"
    decode = ["sphinx"]
    verify = ["replay"]
    forward = ["next_hop"]
    [chain.entry]
    listen = "127.0.0.1:9003"
    decode = ["plain"]
    forward = ["circuit/entry"]
    [chain.exit]
    listen = "127.0.0.1:9004"
    decode = ["plain"]
    forward = ["circuit"]
    [chain.talk]
    listen = "127.0.0.1:9005"
    decode = ["messages"]
    [messages]
    message_max = 1_000
    window = 4_096
    peers_max = 8
    [clients]
    listen = "127.0.0.1:9002"
    chain = "mix"
    [sphinx]
    payload_size = 38
    [replay]
    tags_max = 65_536
    file = ""
    [next_hop]
    services = ["echo", "sink", "prog=socket:prog.sock"]
    message_max = 4_096
    [circuit]
    type = "exit"
    service = "echo"
    [circuit.entry]
    type = "entry"
    next = "127.0.0.1:9102"
    circuits_max = 64
    [plain]
    frame_max = 1_000
    [pipeline]
    workers = 1
    pool_size = 256
    [links]
    links_max = 32
    """

  init() {
    func node(_ name: String, _ layer: Int, _ address: Bytes32, _ listen: Address) -> NetworkDirectory.Node {
      .init(name: name, layer: layer, address: address, chains: [("mix", listen)], clients: nil, keys: [])
    }
    let nodes = [node("fuzz", 0, mixAddress, mix), node("peer", 1, peerAddress, peer)]
    let directory = NetworkDirectory(nodes: nodes)
    let file = ConfigFile(text: Self.config)
    let loader = NodeLoader(
      registry: Registry([.sphinx, .relay, .messages]), files: KeyFile(), wall: clock.wall, base: ".",
      directory: { _ in .success(directory) })
    guard let blueprint = loader.load(file).blueprint else { fatalError("\(file.mistakes)") }
    program = .unix(blueprint.facts.path("prog.sock"))
    let wall = clock.wall
    let mailbox = MemoryMailbox(MailboxLimits(messagesMax: 64, clientMax: 8, clientsMax: 8), wall: { wall })
    let environment = Environment(network: network, clock: clock, entropy: HandEntropy(), storage: NoStorage())
    do throws(NodeError) {
      worker = try Node(blueprint, seed: Seed(1), mailbox: mailbox).makeWorker(0, environment: environment)
    } catch { fatalError("\(error)") }
    turn()
    openPeer()
  }

  /// The first packet for the peer makes the node open a link to it.
  private func openPeer() {
    let side = worker.sides[0]
    guard let slot = side.effects.free.take(bytes: SphinxSize.ack.packet) else { fatalError("no slot") }
    let sender = PacketSender(node: KeyFile.key, address: mixAddress, to: peerAddress)
    unsafe side.effects.memory(slot).baseAddress?.update(from: sender.packet, count: sender.packet.count)
    side.receive(slot, on: .none)
    turn()
    check(network.end(to: peer) != nil, "the node opens no link to its peer")
  }

  /// Turns until the node wants nothing more at this time.
  func turn() {
    for _ in 0..<5_000 {
      guard let wanted = worker.turn() else { fatalError("the worker has ended") }
      if wanted > clock.now, !network.hasEvents { return }
      clock.now = clock.now + .us(10)
    }
    let open = network.ends.map { "\($0.target?.description ?? "in"): \($0.incoming.count - $0.read) to read" }
    fatalError(
      "the node does not come to rest: \(open), it wants a turn at \(worker.turn()?.ns ?? 0) of \(clock.now.ns)")
  }

  func pass(_ time: Nanos) {
    clock.now = clock.now + time
    turn()
  }

  /// Goes on from timer to timer until the node has connected to an address.
  func connection(to address: Address) -> HandNetwork.End {
    for _ in 0..<100_000 {
      if let end = network.end(to: address), !end.isConnecting { return end }
      guard let wanted = worker.turn() else { fatalError("the worker has ended") }
      clock.now = max(clock.now + .us(10), wanted == .never ? .zero : wanted)
    }
    fatalError("the node does not connect to \(address)")
  }
}

/// The node's one secret.
struct KeyFile: FileSource {
  static let key = [UInt8](repeating: 0x11, count: 32)
  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    (Array(Hex.text(Self.key).utf8), 0o600)
  }
}

/// A packet that a node passes on to another.
struct PacketSender {
  private(set) var packet = [UInt8](repeating: 0, count: SphinxSize.ack.packet)

  init(node key: [UInt8], address: Bytes32, to next: Bytes32) {
    do {
      let secret = try SphinxSecretKey(key.span)
      let hop = SphinxHop(key: SphinxPublicKey(of: secret), address: address, delay: .zero)
      let hops = [hop, SphinxHop(key: SphinxPublicKey(of: secret), address: next, delay: .zero)]
      var random = RandomStream(seed: Seed(1))
      var sender = SphinxSender()
      var span = packet.mutableSpan
      try sender.create(
        &span, message: [1].span, along: hops.span,
        to: SphinxRecipient(destination: Bytes32(), identifier: Bytes16()), version: .v260, random: &random)
    } catch { fatalError("\(error)") }
  }
}
