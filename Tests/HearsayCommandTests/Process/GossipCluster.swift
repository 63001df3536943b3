import Foundation
import Gossip
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// Node processes of a gossip cluster, ready and known to each other.
final class GossipCluster {
  let folder: Folder
  let plan: [GossipPlan.Node]
  private(set) var programs: [Program] = []

  init(nodes: Int, _ change: (inout GossipPlan) -> Void = { _ in }) throws {
    folder = try Folder()
    var plan = GossipPlan(nodes: nodes)
    plan.firstPort = try RealNetwork.freePorts(nodes)
    change(&plan)
    self.plan = try plan.write(to: folder.path + "/net")
    for node in self.plan {
      let program = try Program(["run", node.file, "--json", "--with-parent", "\(getpid())"], in: folder)
      programs.append(program)
      try #require(eventually { program.answer != nil || !program.isRunning }, "the node is not ready")
      try #require(program.answer?["ready"]?.bool == true, "\(program.errors)")
    }
    for number in 0..<nodes {
      try #require(
        eventually { ((try? members(at: number)) ?? []).count { $0["status"]?.text == "alive" } == nodes },
        "node \(number) does not know all")
    }
  }

  /// A command at one node's door.
  func command(_ name: String, _ topic: String?, at node: Int, _ more: [String] = []) throws -> Program {
    try Program([name] + (topic.map { [$0] } ?? []) + ["--node", plan[node].door.description] + more, in: folder)
  }

  func members(at node: Int) throws -> [JSON] {
    guard case .json(let bytes) = try DoorClient(plan[node].door).ask(.members) else { return [] }
    return JSON(bytes)?.list ?? []
  }

  /// Publishes a message at one node and waits for it at another.
  func expectToHear(_ text: String, from: Int, at node: Int) throws {
    let ear = try DoorClient(plan[node].door)
    _ = try ear.ask(.subscribe(topic: "heard", history: false))
    let mouth = try DoorClient(plan[from].door)
    _ = try mouth.ask(.publish(topic: "heard", priority: .normal, payload: Array(text.utf8)))
    guard case .message(let message) = try ear.next() else { throw CommandError("no message") }
    #expect(message.payload == Array(text.utf8))
  }
}
