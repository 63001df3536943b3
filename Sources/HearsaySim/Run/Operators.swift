import MixNet
import SimNet

/// People who stop nodes in good order, in the midst of all else, and start them again, and who change their files.
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

  /// How many files were changed so far.
  private var reloads = 0

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

  /// Files that a running node takes over: all but the last, for which it would have to be started anew.
  private static let files: [[(String, String)]] = [
    [("HEARSAY_LINKS_PING_INTERVAL_MS", "600"), ("HEARSAY_LINKS_LINK_AGE_MAX_MS", "1000")],
    [], [("HEARSAY_LINKS_PING_TIMEOUT_MS", "1500")], [("HEARSAY_PIPELINE_BATCH_SIZE", "17")],
  ]

  /// Called once a second while faults strike: a node goes on under another configuration, or refuses it and goes on as it is.
  func reloadSome(of run: SimRun) {
    for node in run.nodes where node.host.isUp && !open.contains(where: { $0.node == node.number }) {
      guard Probe.buggify("node.reloaded", oneIn: 20) else { continue }
      let number = reloads % Self.files.count
      reloads += 1
      let isTaken = node.reload(Self.files[number])
      let mayBe = number < Self.files.count - 1
      // A disk that has damaged the files gives nothing to take over.
      guard isTaken != mayBe, isTaken || !node.isWounded else { continue }
      run.ledger.violate("reload", "\(node.host.name) \(isTaken ? "took over" : "refused") file \(number)")
    }
  }
}
