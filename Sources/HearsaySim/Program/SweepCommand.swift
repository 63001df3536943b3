import OrderedJSON
import SimNet

/// `hearsay-sim sweep`: one run for each of some seeds, several at once.
struct SweepCommand {
  private let seeds: ClosedRange<UInt64>
  private let all: [String]
  private let words: Words
  private let jobs: Int
  private let isJSON: Bool
  private let count: Int
  private let expectation: Expectation

  init(_ words: [String]) throws(WrongWords) {
    all = words
    self.words = try Words(
      words, options: ["seeds", "jobs", "expect"] + RunSettings.options, switches: ["json"] + RunSettings.switches)
    seeds = try Self.seeds(self.words.value("seeds") ?? "")
    isJSON = self.words.has("json")
    jobs = try self.words.int("jobs", default: Crew.cores, in: 1...256)
    count = Self.count(seeds)
    expectation = try Expectation(self.words, seeds: count, try RunSettings(self.words, seed: seeds.lowerBound))
  }

  /// How many seeds there are; the largest number where there are more.
  static func count(_ seeds: ClosedRange<UInt64>) -> Int {
    let (count, isTooLarge) = (seeds.upperBound - seeds.lowerBound).addingReportingOverflow(1)
    return isTooLarge ? .max : Int(clamping: count)
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

  /// Runs the seeds, each in a process that works on ``part(_:)``.
  func run(_ program: String, _ out: (String) -> Void, _ note: (String) -> Void) throws(WrongWords) -> Int32 {
    let watch = Stopwatch()
    let settings = try RunSettings(words, seed: seeds.lowerBound)
    var summary = SweepSummary(expectation, settings.crypto, hasLimits: settings.mayHaveLimits)
    Crew(program: program, command: ["part", "sweep"] + all, jobs: jobs).work(0..<count) { part, answer in
      var settings = settings
      settings.seed = seed(part)
      let report = SeedReport(answer, settings, isJSON: isJSON)
      summary.add(report)
      out(report.line)
    }
    summary.elapsed = watch.seconds
    out(isJSON ? summary.json.line : summary.text)
    return summary.isGood ? 0 : 1
  }

  /// The report of one seed, for the process that asked for it.
  func part(_ number: Int, heard: @escaping (Violation) -> Void) throws(WrongWords) -> JSON {
    guard number < count else { throw WrongWords(sentence: "the sweep has \(count) parts, from 0 on; found \(number)") }
    let settings = try RunSettings(words, seed: seed(number))
    return SeedReport(SweepEntry(number, settings, heard: heard), isJSON: isJSON).json
  }

  private func seed(_ part: Int) -> UInt64 { seeds.lowerBound + UInt64(clamping: part) }
}
