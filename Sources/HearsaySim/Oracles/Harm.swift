import SimNet

/// What adversaries have done is accounted for: each of their packets that a node has read was dropped for a reason that fits,
/// and each of their connections that a node ended in the handshake was counted.
struct Harm {
  private let run: SimRun
  private let frames: Frames
  init(_ run: SimRun) { (self.run, frames) = (run, Frames(run)) }

  /// Reasons for which packets of adversaries, or what they have kept from others, are dropped.
  private static let drops = [
    "bad_key", "bad_mac", "bad_payload", "bad_route", "malformed", "not_stored", "pool_full", "replayed", "tags_full",
    "unknown_destination", "unknown_hop", "unknown_version", "wrong_size",
  ]
  /// Connections that a process had in their handshakes, at most, when it was gone.
  private static let openMax = 64

  func check() {
    checkTraces()
    checkPackets()
    checkHandshakes()
  }

  /// Who did much has left some trace.
  private func checkTraces() {
    let counted = Set((frames.dropped + frames.givenUp + frames.refused).map(\.reason))
    for report in run.team.reports where report.sum >= 200 && !report.kind.leaves.isEmpty {
      if !report.kind.leaves.contains(where: counted.contains) {
        run.ledger.violate("adversaries", "no node has counted anything of what \(report.text) has done")
      }
    }
  }

  private var processesGone: Int { run.nodes.reduce(0) { $0 + $1.gone } }

  private func checkPackets() {
    // Where bits were flipped, nobody can say what a frame is. Who starts again takes what it has seen before.
    guard run.world.struck[.flip] == 0 else { return }
    let kinds: [AdversaryKind.Counting] = processesGone == 0 ? [.packets, .copies] : [.packets]
    let hosts = kinds.flatMap { run.team.hosts(counting: $0) }
    let read = run.meter.pairs.reduce(0) { $0 + (hosts.contains($1.from) ? $1.read : 0) }
    // A copy is taken in place of an original that was lost on its way into the network.
    let clients = run.clients.isEmpty ? [] : run.world.hosts.filter { $0.name.hasPrefix("client-") }.map(\.number)
    let lost = run.meter.pairs.reduce(0) { $0 + (clients.contains($1.from) ? $1.written - $1.read : 0) }
    let dropped = sum(frames.dropped, Self.drops)
    let excuse = frames.lostWithProcesses + frames.held + (kinds.count == 2 ? lost : 0)
    if read > dropped + excuse {
      run.ledger.violate(
        "adversaries", "nodes have read \(read) packets of adversaries, and dropped \(dropped) for reasons that fit")
    }
  }

  private func checkHandshakes() {
    let shownOut = run.team.reports.filter { $0.kind.counts == .handshakes }
      .reduce(0) { $0 + ($1.deeds.first { $0.name == "shown_out" }?.count ?? 0) }
    let counted = sum(frames.givenUp, ["malformed", "expired"]) + frames.refused.reduce(0) { $0 + $1.count }
    // The network may have ended some, and a process that was gone all of its own.
    let excuse = Int(clamping: run.world.struck[.close]) + processesGone * Self.openMax
    if shownOut > counted + excuse {
      run.ledger.violate(
        "adversaries",
        "nodes have ended \(shownOut) handshakes of adversaries, and counted \(counted) that were refused or given up")
    }
  }

  private func sum(_ counts: [(reason: String, count: Int)], _ reasons: [String]) -> Int {
    counts.reduce(0) { $0 + (reasons.contains($1.reason) ? $1.count : 0) }
  }
}
