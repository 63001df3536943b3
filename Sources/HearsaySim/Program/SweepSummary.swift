/// A sweep in one line.
struct SweepSummary {
  /// Seeds that ran twice.
  var twice = 0
  private var seeds = 0
  private var failed: [UInt64] = []
  private var simulated = 0.0
  private var wall = 0.0
  private var messages = 0
  private var answered = 0
  private var faults = Counts()

  mutating func add(_ outcome: Outcome, isSame: Bool) {
    seeds += 1
    if !outcome.isGood || !isSame { failed.append(outcome.settings.seed) }
    simulated += outcome.simulated
    wall += outcome.wall
    messages += outcome.messages
    answered += outcome.answered
    for fault in outcome.faults { faults.add(fault.name, Int(clamping: fault.count)) }
  }

  var isGood: Bool { failed.isEmpty }
  /// Without the second runs.
  private var seedsAnHour: Double { wall > 0 ? Double(seeds) * 3_600 / wall : 0 }
  private var speed: Double { wall > 0 ? simulated / wall : 0 }

  var json: JSONText {
    .object([
      ("seeds", .int(seeds)), ("verdict", .text(isGood ? "ok" : "violation")),
      ("failed", .list(failed.map { .uint($0) })), ("twice", .int(twice)),
      ("messages", .int(messages)), ("answered", .int(answered)),
      ("faults", .object(faults.entries.map { ($0.reason, .int($0.count)) })),
      ("simulated_seconds", .double(simulated)), ("wall_seconds", .double(wall)),
      ("simulated_seconds_a_wall_second", .double(speed)), ("seeds_an_hour", .double(seedsAnHour)),
    ])
  }

  var text: String {
    let faults = faults.entries.map { "\($0.reason) \($0.count)" }.joined(separator: ", ")
    let time = [simulated, wall, speed, seedsAnHour].map(JSONText.rounded)
    return [
      "\(seeds) seeds, \(failed.count) failed\(failed.isEmpty ? "" : ": \(failed)"); \(twice) ran twice",
      "  \(time[0]) s simulated in \(time[1]) s: \(time[2]) a second, \(time[3]) seeds an hour",
      "  \(messages) messages, \(answered) answered",
      "  faults: \(faults.isEmpty ? "none" : faults)",
    ].joined(separator: "\n")
  }
}
