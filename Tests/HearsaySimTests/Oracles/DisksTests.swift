import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// What services and mailboxes have confirmed is looked for on the disk.
@Suite struct DisksTests {
  private func run(_ faults: [FaultFamily], seed: UInt64 = 5) -> (SimRun, Outcome) {
    let run = SimRun(RunSettings(seed: seed, nodes: 6, seconds: 24, faults: .named(faults), crypto: .stub))
    return (run, run.run())
  }

  @Test func disksAreAtWorkAndStruck() {
    let (run, outcome) = run(RunSettings.disks)
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    let disks = outcome.disks
    #expect(disks.stored > 10 && disks.mail.kept > 20 && disks.mail.handedOut > 20, "\(disks)")
    #expect(outcome.faults.count > 4 && disks.unstored + disks.mail.refused > 0, "\(disks)")
    #expect(run.clients.contains { $0.absences > 0 })
  }

  /// In a world in which nothing goes wrong nobody leaves, all is stored and all is answered.
  @Test func aQuietWorldStoresEverything() {
    let (run, outcome) = run([])
    #expect(outcome.violations.isEmpty && outcome.answered == outcome.asked, "\(outcome.text)")
    #expect(outcome.disks.stored > 20 && outcome.disks.unstored == 0)
    #expect(run.clients.allSatisfy { $0.absences == 0 })
  }

  /// A crash or a loss of power alone takes nothing that was confirmed.
  @Test(
    "fault 14: nodes that are killed, and lose their power, while they store", arguments: [1, 2, 3] as [UInt64])
  func crashesTakeNothing(_ seed: UInt64) {
    let (_, outcome) = run([.crash, .power, .diskSlow], seed: seed)
    #expect(outcome.violations.isEmpty && outcome.disks.wounds == 0, "\(outcome.text)")
  }

  @Test func aFileThatIsGoneOrChangedIsSeen() throws {
    let (run, outcome) = run([])
    #expect(outcome.violations.isEmpty)
    let receipts = run.ledger.receipts.filter { $0.size > 0 }
    let (one, other) = (try #require(receipts.first), try #require(receipts.last))
    #expect(one.path != other.path)
    run.nodes[one.node].host.disk.install([1, 2, 3], at: one.path)
    Disks(run).check()
    #expect(run.ledger.violations.map(\.oracle) == ["stored"])
    // A disk that says what it did excuses it.
    run.nodes[one.node].host.wipe()
    run.nodes[other.node].host.wipe()
    let before = run.ledger.violations.count
    Disks(run).check()
    #expect(run.ledger.violations.count == before)
  }

  /// Whose own files the disk has damaged is given them anew, and starts.
  @Test func damagedFilesOfANodeArePutBack() throws {
    let (run, outcome) = run([])
    #expect(outcome.violations.isEmpty)
    let node = run.nodes[0]
    node.host.wipe()
    try node.host.restart()
    #expect(node.repairs == 1 && node.host.isUp)
    try node.host.restart()
    #expect(node.repairs == 1)
  }
}
