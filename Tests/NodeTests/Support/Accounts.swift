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

  /// Packets that stages took for themselves: those for services.
  var served: Int { sum(consumed) }
  /// Packets dropped by any stage.
  var lost: Int { sum(dropped) }

  subscript(_ counter: Counter) -> Int { Int(count(counter)) }

  /// Packets that came or were made, less those that were taken, dropped, forwarded or are still in the chain.
  var unexplainedPackets: Int {
    self[.received] + self[.injected] - sum(consumed) - sum(dropped) { $0 != "link_out" && $0 != "mailbox" }
      - self[.forwarded] - held
  }

  /// Packets that were forwarded, less those that went to a link, a client, a mailbox, a stage or a chain. Nothing fans out
  /// in these chains.
  var unexplainedOutlets: Int {
    let noMailbox = self[.toMailbox] > 0 ? 0 : dropped(.unknownDestination, by: "mailbox")
    return self[.forwarded] - self[.sends] - self[.toClients] - self[.toMailbox] - self[.served] - self[.handed]
      - noMailbox
  }

  /// Sends that were asked for, less those that were written, dropped or still wait.
  var unexplainedSends: Int {
    self[.sends] + self[.toClients] + self[.frames] - self[.written] - sum(dropped) { $0 == "link_out" } - queued
  }
}

/// Slots that are neither free nor on their way home.
func slotsOut(_ node: TestNode) throws -> Int { try node.ofWorkers { $0.slotsOut }.reduce(0, +) }

/// Waits until a node has nothing under way and its counters explain every packet.
@discardableResult
func settled(_ node: TestNode, at location: SourceLocation = #_sourceLocation) throws -> NodeStatus {
  var last: NodeStatus?
  var out = 0
  let isSettled = try eventually("the accounts close", at: location) {
    let status = try node.status()
    out = try slotsOut(node)
    last = status
    return status.isSettled && out == 0
  }
  guard let last else { throw Missing("no status") }
  if !isSettled { Issue.record("\(last.account), \(out) slots are out", sourceLocation: location) }
  return last
}

extension NodeStatus {
  /// How many connections have ended, or connects failed, for this reason.
  func closed(_ reason: CloseReason) -> Int { linksClosed.first { $0.reason == reason.name }?.count ?? 0 }

  /// The same, for whatever reason.
  var closedInAll: Int { linksClosed.reduce(0) { $0 + $1.count } }

  var isSettled: Bool {
    chains.allSatisfy { chain in
      chain.unexplainedPackets == 0 && chain.unexplainedOutlets == 0 && chain.unexplainedSends == 0 && chain.held == 0
        && chain.queued == 0
    }
  }

  /// All of it, for a test's failure.
  var account: String {
    chains.map { chain in
      let counters = chain.counters.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
      let drops = (chain.dropped + chain.consumed).map { "\($0.stage) \($0.reason) \($0.count)" }
      return "chain \(chain.name): \(counters + drops), held \(chain.held), queued \(chain.queued), "
        + "unexplained \(chain.unexplainedPackets) packets, \(chain.unexplainedOutlets) outlets, "
        + "\(chain.unexplainedSends) sends"
    }.joined(separator: "; ")
  }
}
