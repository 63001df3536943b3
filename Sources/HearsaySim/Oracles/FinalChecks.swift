import SimNet

/// What must be true of the whole run once all is quiet: nothing was lost without a reason, and something was done.
struct FinalChecks {
  private let run: SimRun
  init(_ run: SimRun) { self.run = run }

  /// Families that may break a connection, and with it lose what was on its way.
  private static let breaking: [FaultFamily] = [
    .loss, .flip, .close, .partition, .clog, .crash, .power, .wipe, .pause,
  ]

  func check() {
    checkCounters()
    checkFrames()
    checkMessages()
    Damage(run).check()
    checkWork()
  }

  private func checkCounters() {
    for node in run.nodes {
      let tally = node.tally
      if tally.unexplainedPackets != 0 || tally.unexplainedSends != 0 {
        run.ledger.violate(
          "counters",
          "over all boots of \(node.host.name), \(tally.unexplainedPackets) packets and \(tally.unexplainedSends) "
            + "sends are unexplained")
      }
    }
  }

  /// Every frame that was written is read, or its connection broke.
  private func checkFrames() {
    let frames = Frames(run)
    let struck = run.world.struck
    if frames.lost < 0, struck[.flip] == 0 {
      run.ledger.violate("frames", "\(-frames.lost) frames were read that nobody has written")
    }
    if frames.lost > 0, Self.breaking.allSatisfy({ struck[$0] == 0 }) {
      run.ledger.violate("frames", "\(frames.lost) frames were lost, and no fault breaks connections")
    }
    if frames.lostWithProcesses > 0, [.crash, .power, .wipe].allSatisfy({ struck[$0] == 0 }) {
      run.ledger.violate("frames", "\(frames.lostWithProcesses) packets were lost with processes, and none was killed")
    }
  }

  /// Where nothing was lost and nothing dropped, everything has arrived.
  private func checkMessages() {
    let (frames, ledger) = (Frames(run), run.ledger)
    if frames.served > ledger.messages {
      ledger.violate("messages", "services took \(frames.served) messages, but \(ledger.messages) were sent")
    }
    let dropped = frames.dropped.reduce(0) { $0 + $1.count }
    guard frames.lost == 0, frames.lostWithProcesses == 0, dropped == 0, ledger.damaged == 0 else { return }
    if ledger.packetsOut == ledger.messages, frames.served != ledger.messages {
      ledger.violate("messages", "nothing was lost, but \(ledger.messages - frames.served) messages did not arrive")
    }
    if ledger.packetsOut == ledger.messages, ledger.answered != ledger.asked {
      ledger.violate("messages", "nothing was lost, but \(ledger.asked - ledger.answered) answers did not come")
    }
  }

  /// A run that did nothing shows nothing.
  private func checkWork() {
    if run.ledger.answered == 0 { run.ledger.violate("work", "nothing was delivered") }
    let chosen = run.settings.plan.families
    if !chosen.isEmpty, chosen.allSatisfy({ run.world.struck[$0] == 0 }) {
      let names = chosen.map(\.name).joined(separator: ",")
      run.ledger.violate("work", "no fault struck of those that were chosen: \(names)")
    }
  }
}

/// Where the frames of a run have gone.
struct Frames: Sendable {
  /// Frames that were written and not read.
  let lost: Int
  /// Packets that processes held, or had queued, when they were killed.
  let lostWithProcesses: Int
  /// Processes that were killed.
  let killed: Int
  /// Messages that services took.
  let served: Int
  let dropped: [(reason: String, count: Int)]
  /// Packets that are still held or queued.
  let held: Int

  init(_ run: SimRun) {
    var sum = Tally()
    for node in run.nodes { sum.add(node.tally) }
    lost = run.ledger.packetsOut + sum.written - run.ledger.framesIn - (sum.received - sum.handed)
    lostWithProcesses = sum.buriedHeld + sum.buriedQueued
    killed = run.nodes.reduce(0) { $0 + $1.killed }
    served = sum.consumed
    dropped = sum.dropped
    held = sum.held + sum.queued
  }
}
