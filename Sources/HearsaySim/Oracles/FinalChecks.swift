import MixNet
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
    checkPairs()
    checkMessages()
    Damage(run).check()
    Disks(run).check()
    Harm(run).check()
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
    // A stranger's frame that found no slot was not read: it counts as a packet, though it may be none.
    let shed = run.settings.attackers.isEmpty ? 0 : frames.dropped.first { $0.reason == "pool_full" }?.count ?? 0
    let unwritten = -frames.lost - run.team.packets - shed
    if unwritten > 0, struck[.flip] == 0 {
      run.ledger.violate("frames", "\(unwritten) frames were read that nobody has written")
    }
    // What stays broken for ever may lose all that comes to it.
    guard run.core.ruins.isEmpty, run.team.packets == 0, run.settings.scenario == nil else { return }
    // A client that leaves its home does not wait for what is on its way.
    let left = run.clients.contains { $0.absences > 0 } ? lostAtHomes : 0
    // On a link that is slow enough a node is taken for dead.
    let mayBreak = run.settings.variety != nil || run.operators.stops > 0 || Self.breaking.contains { struck[$0] > 0 }
    if frames.lost > left, !mayBreak {
      run.ledger.violate("frames", "\(frames.lost) frames were lost, and no fault breaks connections")
    }
    if frames.lostWithProcesses > 0, frames.killed == 0 {
      run.ledger.violate("frames", "\(frames.lostWithProcesses) packets were lost with processes, and none was killed")
    }
  }

  /// Frames that were written to clients by their homes and not read.
  private var lostAtHomes: Int {
    let homes = run.clients.map { ("client-\($0.number + 1)", run.plan.directory.nodes[$0.home].name) }
    return Account(run).pairs.reduce(0) { sum, pair in
      sum + (homes.contains { $0 == (pair.to, pair.from) } ? pair.lost : 0)
    }
  }

  /// What was seen on the links between each two hosts is what the nodes have counted, and no packet is missing.
  private func checkPairs() {
    // Flipped bits and strangers make frames of which each side thinks otherwise.
    guard run.world.struck[.flip] == 0, run.settings.attackers.isEmpty else { return }
    let account = Account(run)
    for pair in account.pairs where pair.lost < 0 {
      run.ledger.violate("pairs", "\(pair.to) has read \(-pair.lost) frames more than \(pair.from) has written")
    }
    for node in run.nodes {
      let (name, tally) = (node.host.name, node.tally)
      let written = account.pairs.reduce(0) { $0 + ($1.from == name ? $1.written : 0) }
      let read = account.pairs.reduce(0) { $0 + ($1.to == name ? $1.read : 0) }
      if written != tally.written || read != tally.received - tally.handed {
        run.ledger.violate(
          "pairs",
          "\(name) counts \(tally.received - tally.handed) frames in and \(tally.written) out, its links had \(read) and "
            + "\(written)")
      }
    }
    for grave in account.graves where grave.unexplained != 0 {
      run.ledger.violate(
        "pairs",
        "\(grave.node), process \(grave.boot), had \(grave.held + grave.queued) packets when it was killed, by its links "
          + "\(grave.unexplained) more")
    }
    if account.unaccounted != 0 { run.ledger.violate("pairs", "\(account.unaccounted) packets are unaccounted for") }
  }

  /// No message arrives twice. Where nothing was lost and nothing dropped, everything has arrived.
  private func checkMessages() {
    let (frames, ledger) = (Frames(run), run.ledger)
    // A node that starts again knows which packets it has seen, unless its disk has lied about that or a file says otherwise.
    let isForgotten = run.settings.chain?.saysWhatIsKept == true && run.nodes.contains { $0.gone > 0 }
    let isWounded = run.nodes.contains { $0.host.disk.wounds.contains { $0.isOfTags } }
    let mayRepeat = run.team.packets > 0 && (isForgotten || isWounded)
    let taken = run.deliveries.all
    ledger.deliver(taken, mayRepeat: mayRepeat)
    // Stages of a file may take packets that are no messages.
    if run.settings.chain == nil, frames.served != taken.count {
      ledger.violate("messages", "services count \(frames.served) messages, but took \(taken.count)")
    }
    let dropped = frames.dropped.reduce(0) { $0 + $1.count }
    guard run.team.packets == 0, frames.lost == 0, frames.lostWithProcesses == 0, frames.killed == 0, frames.held == 0,
      dropped == 0, ledger.damaged == 0,
      // What a mailbox has kept is lost with its file.
      run.nodes.allSatisfy({ $0.host.disk.wounds.isEmpty })
    else {
      return
    }
    if ledger.packetsOut == ledger.messages, let first = ledger.undelivered.first {
      let count = ledger.undelivered.count
      let more = count > 1 ? ", nor did \(count - 1) others" : ""
      ledger.violate("messages", "nothing was lost, but message \(first) did not arrive\(more)")
    }
    if ledger.packetsOut == ledger.messages, ledger.answered != ledger.asked {
      ledger.violate("messages", "nothing was lost, but \(ledger.asked - ledger.answered) answers did not come")
    }
  }

  /// A run that did nothing shows nothing.
  private func checkWork() {
    if run.answeredOfWorkload == 0 { run.ledger.violate("work", "nothing was delivered") }
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
  /// Packets that processes held, or had queued, when they were gone.
  let lostWithProcesses: Int
  /// Processes that were killed.
  let killed: Int
  /// Messages that services took.
  let served: Int
  let dropped: [(reason: String, count: Int)]
  /// What was given up that was no packet, and connections that were not let in.
  let givenUp: [(reason: String, count: Int)]
  let refused: [(reason: String, count: Int)]
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
    givenUp = sum.asides.entries
    refused = sum.refused.entries
    held = sum.held + sum.queued
  }
}
