import OrderedJSON
import SimNet

/// What a run's disks were asked to keep.
struct DiskReport: Sendable {
  /// Files that services have said to be stored, or not to be.
  let stored: Int
  let unstored: Int
  /// What mailboxes have done, and messages that they handed out again.
  let mail: MailboxLog.Counts
  let again: Int
  /// Files that are not what was said of them.
  let wounds: Int

  init(_ run: SimRun) {
    (stored, unstored, again) = (run.ledger.receipts.count, run.ledger.unstored, run.ledger.again)
    mail = run.nodes.reduce(MailboxLog.Counts()) { $0 + $1.mail.counts }
    wounds = run.nodes.reduce(0) { $0 + $1.host.disk.wounds.count }
  }

  var json: JSON {
    .object([
      ("given", .int(mail.taken + mail.turnedAway)), ("kept", .int(mail.kept)),
      ("refused", .int(mail.refused + mail.turnedAway)), ("handed_out", .int(mail.handedOut)), ("again", .int(again)),
      ("damaged", .int(mail.damaged)), ("wounds", .int(wounds)),
    ])
  }
}
