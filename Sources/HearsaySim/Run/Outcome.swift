import MixNet
import OrderedJSON
import SimNet

/// What became of a run.
struct Outcome: Sendable {
  let settings: RunSettings
  let hash: Bytes32
  let violations: [Violation]
  let simulated: Double
  let wall: Double
  let events: UInt64
  let turns: UInt64
  let faults: [(name: String, count: UInt64)]
  let messages: Int
  let asked: Int
  let answered: Int
  let unsent: Int
  let damaged: Int
  let disks: DiskReport
  let frames: Frames
  let adversaries: [AdversaryTeam.Report]
  let newcomer: Nanos
  let account: Account
  let conversations: TalkCounts
  let probes: ProbeCounts

  init(_ run: SimRun, hash: Bytes32, wall: Double) {
    settings = run.settings
    (self.hash, self.wall) = (hash, wall)
    let (world, ledger) = (run.world, run.ledger)
    violations = ledger.violations
    simulated = Double((world.now - world.settings.start).ns) / 1e9
    (events, turns) = (world.events, world.turns)
    faults = world.struck.fired.map { ($0.family.name, $0.count) }
    (messages, asked, answered) = (ledger.messages, ledger.asked, ledger.answered)
    (unsent, damaged) = (ledger.unsent, ledger.damaged)
    frames = Frames(run)
    disks = DiskReport(run)
    (adversaries, newcomer) = (run.team.reports, run.newcomer)
    account = Account(run)
    conversations = TalkCounts(run.talks)
    probes = run.probes.counts
  }

  var isGood: Bool { violations.isEmpty }
  var hashText: String { Hex.text(hash.array) }

  /// One object, on one line.
  var json: JSON {
    .object([
      ("seed", .uint(settings.seed)), ("hash", .text(hashText)), ("verdict", .text(isGood ? "ok" : "violation")),
      ("violations", .list(violations.map(\.json))),
      ("replay", .text("hearsay-sim " + settings.words)), ("nodes", .int(settings.nodes)),
      ("simulated_seconds", .double(simulated)), ("wall_seconds", .double(wall)), ("events", .uint(events)),
      ("turns", .uint(turns)), ("faults", .object(faults.map { ($0.name, .uint($0.count)) })),
      ("messages", .int(messages)), ("delivered", .int(frames.served)), ("asked", .int(asked)),
      ("answered", .int(answered)), ("unsent", .int(unsent)), ("damaged", .int(damaged)),
      ("stored", .int(disks.stored)), ("unstored", .int(disks.unstored)), ("mailbox", disks.json),
      ("dropped", .object(frames.dropped.map { ($0.reason, .int($0.count)) })), ("held", .int(frames.held)),
      ("given_up", .object(frames.givenUp.map { ($0.reason, .int($0.count)) })),
      ("refused", .object(frames.refused.map { ($0.reason, .int($0.count)) })),
      ("adversaries", .list(adversaries.map(\.json))), ("newcomer_ms", .int(Int(clamping: newcomer.ms))),
      ("lost", .object([("frames", .int(frames.lost))])),
      ("killed", .object([("processes", .int(frames.killed)), ("packets", .int(frames.lostWithProcesses))])),
      ("conversations", conversations.json), ("crypto", .text(settings.crypto.rawValue)),
    ])
  }

  /// The outcome as people read it.
  var text: String {
    let faults = faults.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    let dropped = frames.dropped.map { "\($0.reason) \($0.count)" }.joined(separator: ", ")
    let lines = [
      "seed \(settings.seed): \(isGood ? "ok" : "violation"), hash \(hashText)",
      "  time       \(JSON.rounded(simulated)) s simulated in \(JSON.rounded(wall)) s, \(events) events",
      "  faults     \(faults.isEmpty ? "none" : faults)",
      "  messages   \(messages) sent, \(frames.served) delivered, \(answered) of \(asked) answered, \(unsent) unsent",
      "  dropped    \(dropped.isEmpty ? "none" : dropped)",
      "  lost       \(frames.lost) frames on links, "
        + "\(frames.lostWithProcesses) packets in \(frames.killed) killed processes",
    ]
    let refused = (frames.givenUp + frames.refused).map { "\($0.reason) \($0.count)" }.joined(separator: ", ")
    let harm = adversaries.map { "  adversary  \($0.text)" } + (refused.isEmpty ? [] : ["  refused    \(refused)"])
    let talk = conversations.pairs > 0 ? ["  talk       \(conversations.text)"] : []
    let failures = violations.map { "  VIOLATION  \($0)" }
    let replay = isGood ? [] : ["  replay     hearsay-sim \(settings.words)"]
    return (lines + talk + harm + failures + replay).joined(separator: "\n")
  }
}
