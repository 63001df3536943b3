import Glibc
import Gossip
import MixHost
import Synchronization

extension NodeThreads {
  /// Calls the gossip stage on its own thread.
  func tellGossip(_ body: @escaping @Sendable (GossipStage, inout Turn) -> Void) {
    _ = node.tell("gossip", of: "cluster") { stage, turn in
      if let stage = stage as? GossipStage { body(stage, &turn) }
    }
  }
}

extension GossipCluster {
  private final class Sums: Sendable {
    let all = Mutex<(received: Int, accepted: Int, nodes: Int)>((0, 0, 0))
  }

  /// Frames with messages that came to all nodes, and those that were new.
  func counts() throws(BenchError) -> (received: Int, accepted: Int) {
    let sums = Sums()
    for node in nodes {
      node.tellGossip { stage, _ in
        let counts = stage.counts
        sums.all.withLock { $0 = ($0.received + counts.messagesReceived, $0.accepted + counts.accepted, $0.nodes + 1) }
      }
    }
    for _ in 0..<10_000 {
      let (received, accepted, answers) = sums.all.withLock { $0 }
      if answers == nodes.count { return (received, accepted) }
      usleep(500)
    }
    throw BenchError("a node does not answer")
  }

  /// Says on standard error what each node has dropped, why its links ended, and what its gossip stage counts.
  func explain() {
    for node in nodes {
      node.node.status { status in
        let dropped = status.chains.flatMap(\.dropped).map { "\($0.stage)/\($0.reason)=\($0.count)" }
        let closed = status.linksClosed.filter { $0.count > 0 }.map { "closed/\($0.reason)=\($0.count)" }
        Output.note((dropped + closed).joined(separator: " "))
      }
      node.tellGossip { stage, _ in
        Output.note(stage.status().map { "\($0.name)=\($0.value)" }.joined(separator: " "))
      }
      usleep(50_000)
    }
  }
}
