import OrderedJSON
import SimNet

/// `hearsay-sim sweep`: one run for each of some seeds, several at once.
struct SweepCommand {
  private let seeds: ClosedRange<UInt64>
  private let words: Words
  private let jobs: Int
  private let isJSON: Bool

  /// So many seeds at the start run twice, and then every twentieth.
  private static let twiceFirst = 2
  private static let twiceEvery = 20

  init(_ words: [String]) throws(WrongWords) {
    self.words = try Words(
      words, options: ["seeds", "jobs"] + RunSettings.options, switches: ["json"] + RunSettings.switches)
    let text = self.words.value("seeds") ?? ""
    let ends = text.split(separator: ".", omittingEmptySubsequences: false)
    guard ends.count == 3, ends[1].isEmpty, let first = UInt64(ends[0]), let last = UInt64(ends[2]), first <= last
    else {
      throw WrongWords(sentence: "--seeds takes A..B, both included; found '\(text)'")
    }
    seeds = first...last
    isJSON = self.words.has("json")
    jobs = try self.words.int("jobs", default: Cores.count, in: 1...256)
    _ = try RunSettings(self.words, seed: first)
  }

  /// What one seed gave.
  private struct Entry: Sendable {
    let outcome: Outcome
    let ranTwice: Bool
    /// Where the two runs part; nil when they do not.
    let difference: String?
  }

  func run(_ out: (String) -> Void, _ note: (String) -> Void) throws(WrongWords) -> Int32 {
    let clock = ContinuousClock()
    let began = clock.now
    var summary = SweepSummary()
    var next = seeds.lowerBound
    while true {
      let last = min(seeds.upperBound, next.addingReportingOverflow(UInt64(jobs - 1)).partialValue)
      var some: [(number: Int, settings: RunSettings)] = []
      for seed in next...max(next, last) {
        some.append((Int(clamping: seed - seeds.lowerBound), try RunSettings(words, seed: seed)))
      }
      for entry in Cores.map(some, { Self.entry($0.number, $0.settings) }) {
        summary.add(entry.outcome, ranTwice: entry.ranTwice, isSame: entry.difference == nil)
        out(line(entry.outcome, entry.difference))
      }
      guard let done = some.last?.settings.seed, done < seeds.upperBound else { break }
      next = done + 1
    }
    summary.elapsed = seconds(began.duration(to: clock.now))
    out(isJSON ? summary.json.line : summary.text)
    return summary.isGood ? 0 : 1
  }

  private static func entry(_ number: Int, _ settings: RunSettings) -> Entry {
    let outcome = SimRun(settings).run()
    let isTwice = number < twiceFirst || number % twiceEvery == 0
    return Entry(outcome: outcome, ranTwice: isTwice, difference: isTwice ? difference(outcome) : nil)
  }

  /// Runs a second time; where the two runs part, nil when they do not.
  private static func difference(_ outcome: Outcome) -> String? {
    guard SimRun(outcome.settings).run().hash != outcome.hash else { return nil }
    let found = TraceDifference.between { _, trace in
      var settings = outcome.settings
      settings.trace = trace
      let run = SimRun(settings)
      _ = run.run()
      return run.world.trace
    }
    return found?.description ?? "no line that could be found: two more runs of it were alike"
  }

  private func line(_ outcome: Outcome, _ difference: String?) -> String {
    if isJSON {
      guard case .object(let fields) = outcome.json, let difference else { return outcome.json.line }
      return JSON.object(fields + [("difference", .text(difference))]).line
    }
    guard outcome.isGood, difference == nil else {
      let parting = difference.map { "\n  VIOLATION  determinism: two runs of this seed part at \($0)" } ?? ""
      return outcome.text + parting
    }
    return "seed \(outcome.settings.seed): ok, hash \(outcome.hashText.prefix(16)), \(outcome.messages) messages, "
      + "\(outcome.answered) answered, \(JSON.rounded(outcome.wall)) s"
  }
}
