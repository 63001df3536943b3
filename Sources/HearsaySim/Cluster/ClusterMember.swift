import Gossip
import MixHost
import MixNet
import SimNet

/// A node with no chain but the cluster's, on its host.
final class ClusterMember {
  let host: SimHost
  private let plan: ClusterPlan
  private(set) var node: Node?

  init(on host: SimHost, _ plan: ClusterPlan) { (self.host, self.plan) = (host, plan) }

  /// Starts it.
  func boot() throws {
    plan.install(on: host, in: "/node/state")
    try host.boot { [unowned self] environments in
      let node = Node(try load(), seed: environments.first?.entropy.seed() ?? Seed(0))
      self.node = node
      return try environments.enumerated().map { try node.makeWorker($0.offset, environment: $0.element) }
    }
  }

  private func load() throws(SimNode.BootFailure) -> NodeBlueprint {
    let file = ConfigFile(
      text: """
        [node]
        name = "\(host.name)"
        state = "/node/state"

        [pipeline]
        workers = 1
        pool_size = 256

        """ + plan.text(on: host))
    let loader = NodeLoader(
      registry: Registry([.gossip]), files: host.disk, wall: host.clock.wall, base: "/node",
      directory: { _ in .success(NetworkDirectory()) })
    guard let blueprint = loader.load(file).blueprint else {
      throw SimNode.BootFailure(description: file.mistakes.map(\.description).joined(separator: "\n"))
    }
    return blueprint
  }
}

extension Node {
  /// Calls the node's gossip stage, in a later turn.
  func tellCluster(_ body: @escaping @Sendable (GossipStage, inout Turn) -> Void) {
    _ = tell("gossip", of: ClusterPlan.chain) { stage, turn in
      if let stage = stage as? GossipStage { body(stage, &turn) }
    }
  }
}
