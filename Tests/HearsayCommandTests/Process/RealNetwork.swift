import Glibc
import LinuxNet
import MixNet
import OrderedJSON
import Synchronization
import Testing

@testable import HearsayCommand

/// Node processes on free ports of this machine.
final class RealNetwork {
  let folder: Folder
  let directory: NetworkDirectory
  private(set) var nodes: [Program] = []

  /// Makes the network; starts nothing. `isPatient`: packets wait longer for their links than a node lets them by itself, and no peer
  /// is left alone, since on a busy machine it may take long until all nodes are up.
  init(
    nodes: Int, _ features: [NetworkPlan.Feature] = [.sphinx], isPatient: Bool = true,
    _ change: (inout NetworkPlan) -> Void = { _ in }
  ) throws {
    folder = try Folder()
    var plan = NetworkPlan(nodes: nodes, features: features, firstPort: try Self.freePorts(2 * nodes))
    plan.workers = 1
    plan.tagsMax = 1 << 14
    change(&plan)
    if isPatient {
      let keys = ["link_age_max_ms = 60_000", "breaker_failures = 0"].filter {
        !plan.extra.contains($0.prefix { $0 != " " })
      }
      let table = "[links]\n" + keys.map { $0 + "\n" }.joined()
      plan.extra =
        plan.extra.contains("[links]\n") ? plan.extra.replacing("[links]\n", with: table) : plan.extra + "\n" + table
    }
    directory = try plan.write(to: folder.path + "/net", now: SystemClock().wall)
  }

  /// Where the next network's ports begin. They lie below those that the system gives to whoever asks for any.
  private static let nextPort = Mutex(UInt16.random(in: 10_000...20_000))

  /// The first of so many ports that nobody has, and that no other network of these tests is given before its nodes listen.
  static func freePorts(_ count: Int) throws -> UInt16 {
    let network = try EpollNetwork()
    for _ in 0..<1_000 {
      let first = nextPort.withLock { next in
        if Int(next) + count > 32_000 { next = 10_000 }
        defer { next += UInt16(count) }
        return next
      }
      let listeners = (0..<count).map { try? network.listen(.loopback(port: first + UInt16($0)), backlog: 1) }
      for case let listener? in listeners { network.close(listener) }
      if !listeners.contains(where: { $0 == nil }) { return first }
    }
    throw CommandError("no free ports")
  }

  func file(_ number: Int) -> String { "net/\(directory.nodes[number].name)/plugins.toml" }

  /// Starts one node, and returns when it is ready.
  @discardableResult
  func start(_ number: Int, descriptors: Int? = nil, raises: Bool = false, memory: Int? = nil) throws -> Program {
    let node = try Program(
      ["run", file(number), "--json", "--with-parent", "\(getpid())"], in: folder, descriptors: descriptors,
      raises: raises,
      memory: memory)
    nodes.append(node)
    try #require(eventually { node.answer != nil || !node.isRunning }, "the node is not ready")
    try #require(node.answer?["ready"]?.bool == true, "\(node.errors)")
    return node
  }

  func startAll() throws { for number in directory.nodes.indices { try start(number) } }

  /// Starts `hearsay send` with a message of its own.
  func send(_ message: [UInt8], to service: String, _ more: [String] = []) throws -> Program {
    let name = "message-\(UInt32.random(in: 0 ... .max))"
    try folder.write(name, message)
    return try Program(["send", "--network", "net/network.json", "--to", service, "--file", name] + more, in: folder)
  }

  /// What one node says of itself.
  func status(_ number: Int) throws -> JSON {
    let address = Address("unix:\(folder.path)/net/\(directory.nodes[number].name)/state/status.sock")
    let bytes = try ClientLoop().ask(try #require(address), [], within: .s(10))
    return try #require(JSON(bytes))
  }
}
