import OrderedJSON

/// `hearsay-sim canary`: plants one mistake after another in the nodes' code and sweeps until some rule finds it. The same
/// seeds without a mistake must be clean.
struct CanaryCommand {
  private let all: [String]
  private let seeds: ClosedRange<UInt64>
  private let jobs: Int
  private let isJSON: Bool

  /// Seeds that a mistake has to be found in.
  private static let seedsMax: UInt64 = 40
  /// The code to end with when all mistakes were found: a simulator that finds some must not look like a good sweep.
  static let allFound: Int32 = 3

  init(_ words: [String]) throws(WrongWords) {
    all = words
    let words = try Words(words, options: ["seeds", "jobs"], switches: ["json"])
    guard SimProbes.areBuilt else { throw WrongWords(sentence: SimProbes.missing) }
    seeds = try SweepCommand.seeds(words.value("seeds") ?? "1..\(Self.seedsMax)")
    jobs = try words.int("jobs", default: Crew.cores, in: 1...256)
    isJSON = words.has("json")
  }

  /// The world of every run: small, and with faults that are drawn from the seed.
  private static func settings(_ seed: UInt64, planting name: String?) -> RunSettings {
    var settings = RunSettings(seed: seed)
    (settings.nodes, settings.seconds, settings.faults) = (6, 10, .swarm)
    settings.probes = ProbeSettings(isBuggy: true, planted: name)
    return settings
  }

  private static let names = ProbePoint.all.filter { $0.kind == .planted }.map(\.name)

  /// Plants and sweeps: one seed for all mistakes that no rule has found yet, then the next one. Each run has a process that
  /// works on ``part(_:)``.
  func run(_ program: String, _ out: (String) -> Void, _ note: (String) -> Void) -> Int32 {
    let crew = Crew(program: program, command: ["part", "canary"] + all, jobs: jobs, isHeard: false)
    var found = [PlantedBug?](repeating: nil, count: Self.names.count)
    var said = 0
    for seed in 0..<SweepCommand.count(seeds) where found.contains(where: { $0 == nil }) {
      let missing = found.indices.filter { found[$0] == nil }
      crew.work(missing.map { Part(seed: seed, planted: $0).number }) { number, answer in
        let part = Part(number: number)
        found[part.planted] = bug(part, report(part, answer))
        while said < found.count, let bug = found[said] {
          out(isJSON ? bug.json.line : bug.text)
          said += 1
        }
      }
    }
    let bugs = zip(Self.names, found).map { name, bug in
      bug ?? PlantedBug(name: name, seed: nil, violation: nil, words: nil)
    }
    for bug in bugs[said...] { out(isJSON ? bug.json.line : bug.text) }
    let used = Int(clamping: (bugs.compactMap(\.seed).max() ?? seeds.lowerBound) - seeds.lowerBound) + 1
    var clean: [SeedReport] = []
    crew.work((0..<used).map { Part(seed: $0, planted: Self.names.count).number }) { number, answer in
      clean.append(report(Part(number: number), answer))
    }
    let summary = CanarySummary(found: bugs, clean: clean)
    out(isJSON ? summary.json.line : summary.text)
    return summary.isGood ? Self.allFound : 1
  }

  // MARK: One run

  /// One seed with one of the mistakes, or with none behind them all.
  private struct Part {
    let seed: Int
    let planted: Int

    init(seed: Int, planted: Int) { (self.seed, self.planted) = (seed, planted) }
    init(number: Int) {
      (seed, planted) = number.quotientAndRemainder(dividingBy: CanaryCommand.names.count + 1)
    }

    var number: Int { seed * (CanaryCommand.names.count + 1) + planted }
    var name: String? { planted < CanaryCommand.names.count ? CanaryCommand.names[planted] : nil }
  }

  private func settings(_ part: Part) -> RunSettings {
    Self.settings(seeds.lowerBound + UInt64(clamping: part.seed), planting: part.name)
  }

  /// The report of one run, for the process that asked for it.
  func part(_ number: Int, heard: @escaping (Violation) -> Void) throws(WrongWords) -> JSON {
    let part = Part(number: number)
    guard part.seed < SweepCommand.count(seeds) else { throw WrongWords(sentence: "the canary has no part \(number)") }
    return SeedReport(SweepEntry(part.seed, settings(part), heard: heard)).json
  }

  private func report(_ part: Part, _ answer: Crew.Answer) -> SeedReport {
    SeedReport(answer, settings(part), isJSON: false)
  }

  /// The mistake, if that run has shown it.
  private func bug(_ part: Part, _ report: SeedReport) -> PlantedBug? {
    guard let name = part.name, let violation = report.violation, violation.oracle != SeedReport.process else {
      return nil
    }
    return PlantedBug(name: name, seed: report.seed, violation: violation, words: settings(part).words)
  }
}

/// A mistake that was planted, and where it was found first.
struct PlantedBug: Sendable {
  let name: String
  /// Nil when no seed showed it.
  let seed: UInt64?
  let violation: Violation?
  /// What makes that run again.
  let words: String?

  var json: JSON {
    .object([
      ("name", .text(name)), ("seed", seed.map { .uint($0) } ?? .null),
      ("oracle", violation.map { .text($0.oracle) } ?? .null), ("what", violation.map { .text($0.what) } ?? .null),
      ("replay", words.map { .text("hearsay-sim " + $0) } ?? .null),
    ])
  }

  var text: String {
    guard let seed, let violation else { return "\(name): NOT FOUND" }
    return "\(name): seed \(seed), \(violation)"
  }
}

/// What became of all planted mistakes.
struct CanarySummary {
  private let found: [PlantedBug]
  private let clean: [SeedReport]

  init(found: [PlantedBug], clean: [SeedReport]) { (self.found, self.clean) = (found, clean) }

  private var missed: [String] { found.filter { $0.seed == nil }.map(\.name) }
  /// Seeds that break a rule without any mistake.
  private var failed: [SeedReport] { clean.filter { $0.violation != nil } }
  var isGood: Bool { missed.isEmpty && failed.isEmpty }

  var json: JSON {
    .object([
      ("planted", .int(found.count)), ("found", .int(found.count - missed.count)),
      ("missed", .list(missed.map { .text($0) })), ("clean_seeds", .int(clean.count)),
      ("failed", .list(failed.map { .uint($0.seed) })),
      ("verdict", .text(isGood ? "all found" : "violation")),
    ])
  }

  var text: String {
    let lines = ["\(found.count - missed.count) of \(found.count) planted mistakes found; \(clean.count) seeds without"]
    return (lines + failed.map { "  VIOLATION  without any mistake, \($0.line)" }).joined(separator: "\n")
  }
}
