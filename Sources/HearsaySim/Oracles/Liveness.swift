import MixNet
import SimNet

/// Once the faults are over, every way through the part of the network that was healed carries a fresh message there and
/// its answer back.
struct Liveness {
  private let run: SimRun
  init(_ run: SimRun) { self.run = run }

  /// A connection that broke unseen loses the first message on it, so what is not answered is tried again.
  static let patience = Nanos.s(5)

  func check() {
    var routes = run.core.allPairs
    let end = run.world.now + RunSettings.bound
    while !routes.isEmpty, run.world.now < end { routes = unanswered(routes) }
    guard let first = routes.first else { return }
    let names = first.map { run.plan.directory.nodes[$0].name }.joined(separator: ",")
    run.ledger.violate(
      "liveness",
      "within \(RunSettings.bound.ms / 1_000) s of quiet no message by \(names) is answered"
        + (routes.count > 1 ? ", and none by \(routes.count - 1) other ways" : ""))
  }

  /// Sends a message on each route and waits; gives the routes on which none was answered.
  private func unanswered(_ routes: [[Int]]) -> [[Int]] {
    let (core, clients) = (run.core, run.core.clients)
    let sent = routes.enumerated().map { place, route in
      (route: route, message: run.clients[clients[place % clients.count]].probe(route, back: core.layers))
    }
    func isOpen(_ message: Int?) -> Bool { message.map(run.ledger.isOpen) ?? true }
    _ = run.world.run(for: Self.patience) { !sent.contains { isOpen($0.message) } }
    return sent.filter { isOpen($0.message) }.map(\.route)
  }
}
