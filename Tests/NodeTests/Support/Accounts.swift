import MixNet
import Testing

@testable import MixHost

extension ChainStatus {
  /// How often a stage of the host's or the chain's gave this reason.
  func dropped(_ reason: DropReason, by stage: String? = nil) -> Int {
    count(dropped, reason, stage)
  }

  /// As ``dropped(_:by:)``, of what was no packet in the chain.
  func aside(_ reason: DropReason, by stage: String? = nil) -> Int { count(asides, reason, stage) }

  private func count(_ entries: [VerdictCount], _ reason: DropReason, _ stage: String?) -> Int {
    entries.filter { $0.reason == reason.name && (stage == nil || $0.stage == stage) }.reduce(0) { $0 + Int($1.count) }
  }

  private func sum(_ entries: [VerdictCount], _ isWanted: (String) -> Bool = { _ in true }) -> Int {
    entries.filter { isWanted($0.stage) }.reduce(0) { $0 + Int($1.count) }
  }

  subscript(_ counter: Counter) -> Int { Int(count(counter)) }

  /// Packets that came or were made, less those that were taken, dropped, forwarded or are still in the chain.
  var unexplainedPackets: Int {
    self[.received] + self[.injected] - sum(consumed) - sum(dropped) { $0 != "link_out" && $0 != "mailbox" }
      - self[.forwarded] - held
  }

  /// Sends that were asked for, less those that were written, dropped or still wait.
  var unexplainedSends: Int {
    self[.sends] + self[.toClients] + self[.frames] - self[.written] - sum(dropped) { $0 == "link_out" } - queued
  }
}

/// Waits until a node has nothing under way and its counters explain every packet.
@discardableResult
func settled(_ node: TestNode, at location: SourceLocation = #_sourceLocation) throws -> NodeStatus {
  var last: NodeStatus?
  try eventually("the accounts do not close: \(last.map(\.account) ?? "")", at: location) {
    let status = try node.status()
    last = status
    return status.isSettled
  }
  guard let last else { throw Missing("no status") }
  if !last.isSettled { Issue.record("\(last.account)", sourceLocation: location) }
  return last
}

extension NodeStatus {
  var isSettled: Bool {
    chains.allSatisfy { $0.unexplainedPackets == 0 && $0.unexplainedSends == 0 && $0.held == 0 && $0.queued == 0 }
  }

  /// All of it, for a test's failure.
  var account: String {
    chains.map { chain in
      let counters = chain.counters.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
      let drops = (chain.dropped + chain.consumed).map { "\($0.stage) \($0.reason) \($0.count)" }
      return "chain \(chain.name): \(counters + drops), held \(chain.held), queued \(chain.queued), "
        + "unexplained \(chain.unexplainedPackets) packets, \(chain.unexplainedSends) sends"
    }.joined(separator: "; ")
  }
}
