import MixHost
import SimNet

/// When a network, or the part of it that was healed, is quiet: nodes and clients are up, nothing is on its way, no slot and no socket is out.
struct Quiet {
  private let run: SimRun
  init(_ run: SimRun) { self.run = run }

  /// What is not quiet; nil when all is.
  var obstacle: String? {
    let core = run.core
    for client in run.clients where core.clients.contains(client.number) {
      if !client.isReady(in: core) { return "client \(client.number) is not attached everywhere" }
      let waiting = client.waiting(in: core)
      if waiting > 0 { return "client \(client.number) has \(waiting) bytes to send" }
      let kept = run.nodes[client.home].mailbox?.count(for: client.address) ?? 0
      if kept > 0 { return "client \(client.number) is at home, where \(kept) messages are kept for it" }
    }
    for node in run.nodes where core.contains(node.number) {
      if let obstacle = obstacle(node) { return "\(node.host.name) \(obstacle)" }
    }
    return nil
  }

  private func obstacle(_ node: SimNode) -> String? {
    guard let status = node.status else {
      return "is down" + (node.host.bootFailure.map { " and does not start: \($0)" } ?? "")
    }
    // Strangers may keep it busy; it has its own again when they are gone.
    if run.team.isAtWork { return nil }
    let tally = Tally(status)
    if tally.held > 0 { return "holds \(tally.held) packets" }
    if tally.queued > 0 { return "has \(tally.queued) packets for its links" }
    if node.slotsOut != 0 { return "has \(node.slotsOut) slots out" }
    let links = status.links.count { $0.state != "resting" }
    if node.openSockets != node.doors + links {
      return "has \(node.openSockets) sockets for \(node.doors) doors and \(links) links"
    }
    return nil
  }
}
