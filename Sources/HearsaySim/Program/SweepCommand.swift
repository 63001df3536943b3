import SimNet

/// `hearsay-sim sweep`: one run for each of some seeds.
struct SweepCommand {
  private let seeds: ClosedRange<UInt64>
  private let words: Words
  private let isJSON: Bool

  /// So many seeds at the start run twice, and then every twentieth.
  private static let twiceFirst = 2
  private static let twiceEvery = 20

  init(_ words: [String]) throws(WrongWords) {
    self.words = try Words(words, options: ["seeds", "nodes", "seconds", "faults"], switches: ["swarm", "json"])
    let text = self.words.value("seeds") ?? ""
    let ends = text.split(separator: ".", omittingEmptySubsequences: false)
    guard ends.count == 3, ends[1].isEmpty, let first = UInt64(ends[0]), let last = UInt64(ends[2]), first <= last
    else {
      throw WrongWords(sentence: "--seeds takes A..B, both included; found '\(text)'")
    }
    seeds = first...last
    isJSON = self.words.has("json")
    _ = try RunSettings(self.words, seed: first)
  }

  func run(_ out: (String) -> Void, _ note: (String) -> Void) throws(WrongWords) -> Int32 {
    var summary = SweepSummary()
    for seed in seeds {
      let settings = try RunSettings(words, seed: seed)
      let outcome = SimRun(settings).run()
      let number = Int(clamping: seed - seeds.lowerBound)
      var difference: String?
      if number < Self.twiceFirst || number % Self.twiceEvery == 0 {
        summary.twice += 1
        difference = self.difference(outcome)
      }
      summary.add(outcome, isSame: difference == nil)
      out(line(outcome, difference))
    }
    out(isJSON ? summary.json.line : summary.text)
    return summary.isGood ? 0 : 1
  }

  /// Runs a second time; where the two runs part, nil when they do not.
  private func difference(_ outcome: Outcome) -> String? {
    guard SimRun(outcome.settings).run().hash != outcome.hash else { return nil }
    let found = TraceDifference.between { _, trace in
      var settings = outcome.settings
      settings.trace = trace
      return SimRun(settings).run().trace
    }
    return found?.description ?? "no line that could be found: two more runs of it were alike"
  }

  private func line(_ outcome: Outcome, _ difference: String?) -> String {
    if isJSON {
      guard case .object(let fields) = outcome.json, let difference else { return outcome.json.line }
      return JSONText.object(fields + [("difference", .text(difference))]).line
    }
    guard outcome.isGood, difference == nil else {
      let parting = difference.map { "\n  VIOLATION  determinism: two runs of this seed part at \($0)" } ?? ""
      return outcome.text + parting
    }
    return "seed \(outcome.settings.seed): ok, hash \(outcome.hashText.prefix(16)), \(outcome.messages) messages, "
      + "\(outcome.answered) answered, \(JSONText.rounded(outcome.wall)) s"
  }
}

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
