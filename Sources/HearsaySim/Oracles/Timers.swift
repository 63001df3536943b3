import MixHost
import MixNet
import SimNet

/// A node with nothing to do has set no timers but those of its links, is woken by nothing else, and asks for no more and more
/// of its world.
struct Timers {
  private let run: SimRun
  init(_ run: SimRun) { self.run = run }

  /// So long it is looked on.
  static let span = Nanos.s(4)
  /// Turns within that time, for the node and for each of its links: what its peers and clients say now and then takes some.
  static let turnsMax = (200, 40)
  /// Events of the world for one of its reactors: a turn, the timer that counts, and some that were overtaken.
  static let eventsMax = 8

  func check() {
    let nodes = run.nodes.filter { run.core.contains($0.number) && $0.host.isUp }
    let before = nodes.map { (turns: $0.host.turns, events: run.world.pendingTurns(of: $0.host), boots: $0.host.boots) }
    run.world.run(for: Self.span)
    for (node, before) in zip(nodes, before) where node.host.boots == before.boots {
      let name = node.host.name
      for worker in node.process?.workers ?? [] {
        if worker.timersOfNoLink > 0 {
          run.ledger.violate("timers", "\(name) has \(worker.timersOfNoLink) timers set for links that are gone")
        }
        if worker.timersOfPackets > 0, node.status?.chains.allSatisfy({ $0.held == 0 }) == true {
          run.ledger.violate("timers", "\(name) has \(worker.timersOfPackets) timers set for packets, and holds none")
        }
      }
      let turns = node.host.turns - before.turns
      if turns > Self.turnsMax.0 + Self.turnsMax.1 * (node.status?.links.count ?? 0) {
        run.ledger.violate("timers", "\(name) had \(turns) turns in \(Self.span.ms) ms in which it had nothing to do")
      }
      let events = run.world.pendingTurns(of: node.host)
      if events > max(before.events, Self.eventsMax * (node.process?.workers.count ?? 1)) {
        run.ledger.violate("timers", "\(events) events of the world wait for \(name), \(before.events) did before")
      }
    }
  }
}
