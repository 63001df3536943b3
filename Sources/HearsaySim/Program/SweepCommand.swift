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
