import Glibc
import LinuxNet
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// Node processes on free ports of this machine.
final class RealNetwork {
  let folder: Folder
  let directory: NetworkDirectory
  private(set) var nodes: [Program] = []

  /// Makes the network; starts nothing.
  init(
    nodes: Int, _ features: [NetworkPlan.Feature] = [.sphinx], _ change: (inout NetworkPlan) -> Void = { _ in }
  ) throws {
    folder = try Folder()
    var plan = NetworkPlan(nodes: nodes, features: features, firstPort: nil)
    plan.workers = 1
    plan.tagsMax = 1 << 14
    change(&plan)
    directory = try plan.write(to: folder.path + "/net", now: SystemClock().wall)
  }

  func file(_ number: Int) -> String { "net/\(directory.nodes[number].name)/plugins.toml" }

  /// Starts one node, and returns when it is ready.
  @discardableResult
  func start(_ number: Int, descriptors: Int? = nil) throws -> Program {
    let node = try Program(
      ["run", file(number), "--json", "--with-parent", "\(getpid())"], in: folder, descriptors: descriptors)
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
