import OrderedJSON

/// A sweep in one line.
struct SweepSummary {
  /// Seconds from its beginning to its end, the second runs among them.
  var elapsed = 0.0
  /// Seeds that ran twice.
  private var twice = 0
  private var seeds = 0
  private var failed: [UInt64] = []
  private var simulated = 0.0
  private var messages = 0
  private var answered = 0
  private var faults = Counts()

  mutating func add(_ outcome: Outcome, ranTwice: Bool, isSame: Bool) {
    seeds += 1
    twice += ranTwice ? 1 : 0
    if !outcome.isGood || !isSame { failed.append(outcome.settings.seed) }
    simulated += outcome.simulated
    messages += outcome.messages
    answered += outcome.answered
    for fault in outcome.faults { faults.add(fault.name, Int(clamping: fault.count)) }
  }

  var isGood: Bool { failed.isEmpty }
  private var seedsAnHour: Double { elapsed > 0 ? Double(seeds) * 3_600 / elapsed : 0 }
  private var speed: Double { elapsed > 0 ? simulated / elapsed : 0 }

  var json: JSON {
    .object([
      ("seeds", .int(seeds)), ("verdict", .text(isGood ? "ok" : "violation")),
      ("failed", .list(failed.map { .uint($0) })), ("twice", .int(twice)),
      ("messages", .int(messages)), ("answered", .int(answered)),
      ("faults", .object(faults.entries.map { ($0.reason, .int($0.count)) })),
      ("simulated_seconds", .double(simulated)), ("wall_seconds", .double(elapsed)),
      ("simulated_seconds_a_wall_second", .double(speed)), ("seeds_an_hour", .double(seedsAnHour)),
    ])
  }

  var text: String {
    let faults = faults.entries.map { "\($0.reason) \($0.count)" }.joined(separator: ", ")
    let time = [simulated, elapsed, speed, seedsAnHour].map(JSON.rounded)
    return [
      "\(seeds) seeds, \(failed.count) failed\(failed.isEmpty ? "" : ": \(failed)"); \(twice) ran twice",
      "  \(time[0]) s simulated in \(time[1]) s: \(time[2]) a second, \(time[3]) seeds an hour",
      "  \(messages) messages, \(answered) answered",
      "  faults: \(faults.isEmpty ? "none" : faults)",
    ].joined(separator: "\n")
  }
}
