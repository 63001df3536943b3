import OrderedJSON
import SimNet

/// `hearsay-sim sweep`: one run for each of some seeds, several at once.
struct SweepCommand {
  private let seeds: ClosedRange<UInt64>
  private let words: Words
  private let jobs: Int
  private let isJSON: Bool
  private let expectation: Expectation

  init(_ words: [String]) throws(WrongWords) {
    self.words = try Words(
      words, options: ["seeds", "jobs", "expect"] + RunSettings.options, switches: ["json"] + RunSettings.switches)
    seeds = try Self.seeds(self.words.value("seeds") ?? "")
    isJSON = self.words.has("json")
    jobs = try self.words.int("jobs", default: Cores.count, in: 1...256)
    let count = Int(clamping: (seeds.upperBound - seeds.lowerBound).addingReportingOverflow(1).partialValue)
    expectation = try Expectation(self.words, seeds: count, try RunSettings(self.words, seed: seeds.lowerBound))
  }

  /// Reads `A..B`.
  static func seeds(_ text: String) throws(WrongWords) -> ClosedRange<UInt64> {
    let ends = text.split(separator: ".", omittingEmptySubsequences: false)
    guard ends.count == 3, ends[1].isEmpty, let first = UInt64(ends[0]), let last = UInt64(ends[2]), first <= last
    else {
      throw WrongWords(sentence: "--seeds takes A..B, both included; found '\(text)'")
    }
    return first...last
  }

  func run(_ out: (String) -> Void, _ note: (String) -> Void) throws(WrongWords) -> Int32 {
    let clock = ContinuousClock()
    let began = clock.now
    var summary = SweepSummary(expectation, try RunSettings(words, seed: seeds.lowerBound).crypto)
    var next = seeds.lowerBound
    while true {
      let last = min(seeds.upperBound, next.addingReportingOverflow(UInt64(jobs - 1)).partialValue)
      var some: [(number: Int, settings: RunSettings)] = []
      for seed in next...max(next, last) {
        some.append((Int(clamping: seed - seeds.lowerBound), try RunSettings(words, seed: seed)))
      }
      for entry in Cores.map(some, { SweepEntry($0.number, $0.settings) }) {
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
