import MixHost
import SimNet

/// What holds at any moment between two turns: counters close, and what is bounded stays within its bounds.
struct Bounds {
  private let run: SimRun
  init(_ run: SimRun) { self.run = run }

  func check() {
    for node in run.nodes {
      node.bury()
      guard let status = node.status else { continue }
      let name = node.host.name
      let tally = Tally(status)
      if tally.unexplainedPackets != 0 {
        run.ledger.violate("counters", "\(tally.unexplainedPackets) packets of \(name) are unexplained")
      }
      if tally.unexplainedSends != 0 {
        run.ledger.violate("counters", "\(tally.unexplainedSends) sends of \(name) are unexplained")
      }
      for link in status.links where link.queued > 256 {
        run.ledger.violate("bounds", "\(link.queued) packets wait for one link of \(name)")
      }
      if node.slotsOut < 0 { run.ledger.violate("slots", "\(name) has \(-node.slotsOut) slots more than it was given") }
      let sockets = node.openSockets
      if sockets > 256 { run.ledger.violate("bounds", "\(name) has \(sockets) sockets open") }
    }
  }
}
