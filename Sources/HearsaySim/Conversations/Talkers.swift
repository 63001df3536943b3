import Messages
import MixHost
import MixNet
import SimNet

/// Puts a talker on the stage `messages` of each new process of a node that talks.
final class Talkers {
  private let talks: Talks
  private let plan: MixPlan
  private let hosts: [SimHost]
  private let seed: SimSeed
  private let isSending: () -> Bool
  private let note: (SimHost, String) -> Void

  init(
    _ talks: Talks, _ plan: MixPlan, _ hosts: [SimHost], _ seed: SimSeed, isSending: @escaping () -> Bool,
    note: @escaping (SimHost, String) -> Void
  ) {
    (self.talks, self.plan, self.hosts, self.seed) = (talks, plan, hosts, seed)
    (self.isSending, self.note) = (isSending, note)
  }

  /// A run has one thread: what is passed to the node's stays there.
  private struct Passed: @unchecked Sendable {
    let talker: Talker
  }

  /// A node's process begins.
  func begin(_ number: Int, on node: Node, boot: UInt32) {
    let pairs = talks.plan.pairs(of: number)
    guard !pairs.isEmpty else { return }
    let partners = pairs.map { pair in
      let other = pair.other(than: number)
      return (other, plan.directory.nodes[other].address, hosts[other].address(port: TalkPlan.port))
    }
    let orders = Talker.Orders(isSending: isSending) { [note, host = hosts[number]] in note(host, $0) }
    let passed = Passed(talker: Talker(number, boot: boot, talks, partners, seed: seed, orders))
    _ = node.tell("messages", of: TalkPlan.chain) { stage, turn in
      if let stage = stage as? MessagesStage { passed.talker.begin(stage, &turn) }
    }
  }
}
