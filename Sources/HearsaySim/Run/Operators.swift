import MixNet
import SimNet

/// People who stop nodes in good order, in the midst of all else, and start them again.
final class Operators {
  /// A node that was stopped, when it was, and how often it had been booted then.
  private struct Stop {
    let node: Int
    let at: Instant
    let boots: UInt32
  }

  private var open: [Stop] = []
  /// How many were stopped so far.
  private(set) var stops = 0

  /// So long after the order a node is started again, if it has ended; else as soon as it has.
  private static let rest = Nanos.s(2)

  /// Called once a second, and again and again while the network is to become quiet.
  func look(at run: SimRun) {
    let now = run.world.now
    // A fault may have been faster, and what is ruined stays so.
    open.removeAll { run.nodes[$0.node].host.boots != $0.boots || !run.core.contains($0.node) }
    for stop in open where stop.at + Self.rest <= now && !run.nodes[stop.node].host.isUp {
      let host = run.nodes[stop.node].host
      do { try host.restart() } catch { run.ledger.violate("boot", "\(host.name) does not start again: \(error)") }
    }
  }

  /// Called once a second while faults strike.
  func stopSome(of run: SimRun) {
    for node in run.nodes where node.host.isUp && !open.contains(where: { $0.node == node.number }) {
      guard Probe.buggify("node.stopped", oneIn: 20) else { continue }
      node.stop()
      open.append(Stop(node: node.number, at: run.world.now, boots: node.host.boots))
      stops += 1
    }
  }
}
