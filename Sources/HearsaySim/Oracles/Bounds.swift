import MixHost
import SimNet

/// What holds at any moment between two turns: counters close, and what is bounded stays within its bounds.
struct Bounds {
  private let run: SimRun
  init(_ run: SimRun) { self.run = run }

  func check() {
    let depth = run.probes.queueDepth
    for node in run.nodes {
      node.bury()
      guard let sums = node.sums else { continue }
      let name = node.host.name
      if sums.unexplainedPackets != 0 {
        run.ledger.violate("counters", "\(sums.unexplainedPackets) packets of \(name) are unexplained")
      }
      if sums.unexplainedSends != 0 {
        run.ledger.violate("counters", "\(sums.unexplainedSends) sends of \(name) are unexplained")
      }
      if sums.longestQueue > depth {
        run.ledger.violate("bounds", "\(sums.longestQueue) packets wait for one link of \(name), of at most \(depth)")
      }
      if node.slotsOut < 0 { run.ledger.violate("slots", "\(name) has \(-node.slotsOut) slots more than it was given") }
      let doubles = node.process?.workers.reduce(0) { $0 + $1.slotsFreeTwice } ?? 0
      if doubles > 0 { run.ledger.violate("slots", "\(doubles) slots of \(name) are free twice") }
      if let disorder = run.order.takeDisorder() { run.ledger.violate("order", disorder) }
      let sockets = node.openSockets
      if sockets > MixPlan.linksMax + 32 { run.ledger.violate("bounds", "\(name) has \(sockets) sockets open") }
    }
  }
}
