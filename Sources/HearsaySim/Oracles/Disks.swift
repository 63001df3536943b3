import MixNet
import SimNet

/// What services and mailboxes have said to be stored is there, unless the disk itself has told a lie about that very file.
struct Disks {
  private let run: SimRun
  init(_ run: SimRun) { self.run = run }

  /// Faults of which a program is told.
  private static let failures: [FaultFamily] = [.diskError, .diskFull, .diskSync]
  /// Faults because of which tags may not be on the disk in time.
  private static let delays = failures + [.diskSlow, .pause]

  func check() {
    for node in run.nodes { check(node) }
    checkRefusals()
    checkTags()
  }

  /// No packet waits in vain for its tag where all disks are well.
  private func checkTags() {
    let waited = Frames(run).dropped.first { $0.reason == "not_stored" }?.count ?? 0
    if waited > 0, Self.delays.allSatisfy({ run.world.struck[$0] == 0 }) {
      run.ledger.violate("stored", "\(waited) packets were dropped as not stored, and no disk has failed")
    }
  }

  private func check(_ node: SimNode) {
    let disk = node.host.disk
    let wounds = Set(disk.wounds.map(\.path))
    for receipt in run.ledger.receipts where receipt.node == node.number && !wounds.contains(receipt.path) {
      guard let bytes = try? disk.read(receipt.path, limit: .max).bytes else {
        run.ledger.violate("stored", "\(node.host.name) said that it stored \(receipt.name), and it is not there")
        continue
      }
      if bytes.count != receipt.size || Fingerprint.of(bytes) != receipt.digest {
        run.ledger.violate("stored", "\(node.host.name) said that it stored \(receipt.name), and its bytes are others")
      }
    }
    // Flipped bits make of an answer another one, and of a client's word that it came.
    for message in node.mail.kept where !wounds.contains(message.path) && run.world.struck[.flip] == 0 {
      // What a stranger's packets were answered with is nobody's.
      guard run.ledger.hasRead(message.identifier) == false, !disk.paths.contains(message.path) else { continue }
      run.ledger.violate(
        "kept", "\(node.host.name) said that it kept \(message.identifier), which its client never got")
    }
    checkCounts(node, wounds)
  }

  /// Every message that a mailbox was given is kept or counted.
  private func checkCounts(_ node: SimNode, _ wounds: Set<String>) {
    let (counts, tally, name) = (node.mail.counts, node.tally, node.host.name)
    guard tally.toMailbox > 0 else { return }
    if counts.taken + counts.turnedAway != tally.toMailbox {
      run.ledger.violate(
        "kept",
        "\(name) counts \(tally.toMailbox) messages for its mailbox, which was given "
          + "\(counts.taken + counts.turnedAway)")
    }
    // The answer to a job may come to a process that is gone.
    let isCounted = counts.refused + counts.turnedAway == tally.unkept
    if node.gone == 0, !isCounted || counts.kept + counts.refused != counts.taken {
      run.ledger.violate(
        "kept",
        "the mailbox of \(name) kept \(counts.kept) of \(counts.taken) messages and refused \(counts.refused); "
          + "\(tally.unkept) were counted")
    }
    if counts.damaged > 0, wounds.isEmpty, run.world.struck[.diskCorrupt] == 0 {
      run.ledger.violate(
        "kept", "\(counts.damaged) messages in the mailbox of \(name) are damaged, and no fault has done it")
    }
  }

  /// A service that cannot store says so because the disk failed.
  private func checkRefusals() {
    guard run.ledger.unstored > 0 else { return }
    if Self.failures.allSatisfy({ run.world.struck[$0] == 0 }) {
      run.ledger.violate("stored", "\(run.ledger.unstored) files were not stored, and no disk has failed")
    }
    let counted = Frames(run).givenUp.first { $0.reason == "service_busy" }?.count ?? 0
    // A process that was killed, or whose messages were lost, may have counted more.
    if counted < run.ledger.unstored {
      run.ledger.violate("stored", "\(run.ledger.unstored) files were not stored, but \(counted) refusals were counted")
    }
  }
}
