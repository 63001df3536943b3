import LinuxNet
import MixNet
import Sphinx
import Testing

@testable import HearsayCommand
@testable import MixHost

/// A network of mixes in this process, with keys and files as `hearsay network new` makes them.
final class MixNetwork {
  let folder: Folder
  let directory: NetworkDirectory
  private(set) var nodes: [TestNode?] = []
  /// Keys of the table `[pipeline]` of the nodes that are started from now on.
  var pipeline: String
  private let makeMailbox: (_ state: String) throws -> (any StoppableMailbox)?
  private var mailboxes: [Int: any StoppableMailbox] = [:]

  /// `count` mixes, one a layer. `pipeline` are keys of that table, `extra` tables that every node has besides.
  init(
    _ count: Int, workers: Int = 1, tagsMax: Int = 1 << 16, services: [String] = ["echo", "sink"],
    pipeline: String = "pool_size = 1_024", extra: String = "", starting: Bool = true,
    mailbox: @escaping (_ state: String) throws -> (any StoppableMailbox)? = { _ in nil }
  ) throws {
    folder = try Folder()
    var plan = NetworkPlan(nodes: count, features: [.sphinx], firstPort: try Ports.take(2 * count))
    plan.workers = workers
    plan.tagsMax = tagsMax
    plan.services = services
    plan.extra = extra
    directory = try plan.write(to: folder.path + "/net", now: SystemClock().wall)
    self.pipeline = pipeline
    makeMailbox = mailbox
    nodes = [TestNode?](repeating: nil, count: count)
    if starting { for number in 0..<count { try start(number) } }
  }

  /// Starts a node; one that was stopped comes back at its ports, with the mailbox that it had.
  @discardableResult
  func start(_ number: Int) throws -> TestNode {
    let base = "\(folder.path)/net/mix-\(number + 1)"
    var text = String(decoding: try readFile(base + "/plugins.toml", limit: 1 << 20).bytes, as: UTF8.self)
    if let table = text.firstRange(of: "[pipeline]\n") {
      text.insert(contentsOf: pipeline + "\n", at: table.upperBound)
    }
    // Peers in a test's hands answer no pings by themselves.
    if !text.contains("ping_interval_ms") {
      if !text.contains("[links]\n") { text += "\n[links]\n" }
      if let table = text.firstRange(of: "[links]\n") {
        text.insert(contentsOf: "ping_interval_ms = 600_000\n", at: table.upperBound)
      }
    }
    mailboxes[number] = try makeMailbox(base + "/state")
    let node = try TestNode(text, in: folder, base: base, mailbox: mailboxes[number], seed: UInt64(number))
    nodes[number] = node
    return node
  }

  subscript(_ number: Int) -> TestNode {
    get throws {
      guard let node = nodes[number] else { throw Missing("node \(number) does not run") }
      return node
    }
  }

  /// Stops a node in good order and gives what it said last; its accounts must close.
  @discardableResult
  func stop(_ number: Int, within seconds: UInt64 = 60) throws -> NodeStatus {
    let node = try self[number]
    node.stop()
    _ = try node.ended(within: seconds)
    let status = try settled(node)
    nodes[number] = nil
    mailboxes.removeValue(forKey: number)?.stop()
    return status
  }

  /// Stops a node at once, as if its machine were turned off.
  func kill(_ number: Int) {
    nodes[number]?.kill()
    nodes[number] = nil
    mailboxes.removeValue(forKey: number)?.stop()
  }

  /// Waits until every node that runs has nothing under way.
  func settle(at location: SourceLocation = #_sourceLocation) throws {
    for node in nodes { if let node { try settled(node, at: location) } }
  }

  /// The node's 32-byte address.
  func address(_ number: Int) -> Bytes32 { directory.nodes[number].address }
}

/// Makes Sphinx packets over the nodes of a network, as a sender who follows no rules but the format's.
final class PacketFactory {
  private let network: MixNetwork
  private let planner: RoutePlanner
  private var random: RandomStream
  private var sender = SphinxSender()

  init(_ network: MixNetwork, seed: UInt64 = 1) throws {
    self.network = network
    planner = try RoutePlanner(network.directory, at: SystemClock().wall)
    random = RandomStream(seed: Seed(seed))
  }

  /// A packet along `route` with `message` for a service, each hop with this delay.
  func packet(
    _ message: [UInt8], along route: [Int], to service: String = "echo", delay: Nanos = .zero
  ) throws -> [UInt8] {
    try packet(message, along: route, to: Fingerprint.service(service), identifier: Bytes16(), delay: delay)
  }

  /// A packet along `route` for an address at its end.
  func packet(
    _ message: [UInt8], along route: [Int], to destination: Bytes32, identifier: Bytes16, delay: Nanos = .zero
  ) throws -> [UInt8] {
    try packet(message, along: try hops(route, delay: delay), to: destination, identifier: identifier)
  }

  /// The hops of a route over the network's nodes.
  func hops(_ route: [Int], delay: Nanos = .zero) throws -> [SphinxHop] { try planner.hops(route, delay: { delay }) }

  /// A packet along any hops.
  func packet(
    _ message: [UInt8], along hops: [SphinxHop], to destination: Bytes32, identifier: Bytes16 = Bytes16()
  ) throws -> [UInt8] {
    var packet = [UInt8](repeating: 0, count: SphinxSize.regular.packet)
    var span = packet.mutableSpan
    try sender.create(
      &span, message: message.span, along: hops.span,
      to: SphinxRecipient(destination: destination, identifier: identifier), version: .v260, random: &random)
    return packet
  }

  /// A reply block along `route` to an address at its end.
  func block(
    along route: [Int], to destination: Bytes32, identifier: Bytes16, delay: Nanos = .zero
  ) throws -> SphinxSURB {
    let hops = try hops(route, delay: delay)
    return try sender.createSURB(
      along: hops.span, to: SphinxRecipient(destination: destination, identifier: identifier), version: .v260,
      random: &random)
  }

  /// Reads a reply.
  func open(_ payload: [UInt8], with surb: SphinxSURB) throws -> [UInt8] {
    var payload = payload
    var span = payload.mutableSpan
    let range = try sender.open(&span, with: surb.recovery)
    return Array(payload[range])
  }
}
