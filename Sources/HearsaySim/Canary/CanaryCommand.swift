import OrderedJSON

/// `hearsay-sim canary`: plants one mistake after another in the nodes' code and sweeps until some rule finds it. The same
/// seeds without a mistake must be clean.
struct CanaryCommand {
  private let seeds: ClosedRange<UInt64>
  private let jobs: Int
  private let isJSON: Bool

  /// Seeds that a mistake has to be found in.
  private static let seedsMax: UInt64 = 40
  /// The code to end with when all mistakes were found: a simulator that finds some must not look like a good sweep.
  static let allFound: Int32 = 3

  init(_ words: [String]) throws(WrongWords) {
    let words = try Words(words, options: ["seeds", "jobs"], switches: ["json"])
    guard SimProbes.areBuilt else { throw WrongWords(sentence: SimProbes.missing) }
    seeds = try SweepCommand.seeds(words.value("seeds") ?? "1..\(Self.seedsMax)")
    jobs = try words.int("jobs", default: Cores.count, in: 1...256)
    isJSON = words.has("json")
  }

  /// The world of every run: small, and with faults that are drawn from the seed.
  private static func settings(_ seed: UInt64, planting name: String?) -> RunSettings {
    var settings = RunSettings(seed: seed)
    (settings.nodes, settings.seconds, settings.faults) = (6, 10, .swarm)
    settings.probes = ProbeSettings(isBuggy: true, planted: name)
    return settings
  }

  func run(_ out: (String) -> Void, _ note: (String) -> Void) -> Int32 {
    let names = ProbePoint.all.filter { $0.kind == .planted }.map(\.name)
    let seeds = seeds
    let found = Cores.map(names, atOnce: jobs) { Self.search(for: $0, in: seeds) }
    for bug in found { out(isJSON ? bug.json.line : bug.text) }
    let used = seeds.lowerBound...(found.compactMap(\.seed).max() ?? seeds.lowerBound)
    let clean = Cores.map(Array(used), atOnce: jobs) { seed in
      SweepEntry(Int(clamping: seed - seeds.lowerBound), Self.settings(seed, planting: nil))
    }
    let summary = CanarySummary(found: found, clean: clean)
    out(isJSON ? summary.json.line : summary.text)
    return summary.isGood ? Self.allFound : 1
  }

  private static func search(for name: String, in seeds: ClosedRange<UInt64>) -> PlantedBug {
    for seed in seeds {
      let entry = SweepEntry(Int(clamping: seed - seeds.lowerBound), settings(seed, planting: name))
      guard let violation = entry.violation else { continue }
      return PlantedBug(name: name, seed: seed, violation: violation, words: entry.outcome.settings.words)
    }
    return PlantedBug(name: name, seed: nil, violation: nil, words: nil)
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
  private let clean: [SweepEntry]

  init(found: [PlantedBug], clean: [SweepEntry]) { (self.found, self.clean) = (found, clean) }

  private var missed: [String] { found.filter { $0.seed == nil }.map(\.name) }
  /// Seeds that break a rule without any mistake.
  private var failed: [SweepEntry] { clean.filter { $0.violation != nil } }
  var isGood: Bool { missed.isEmpty && failed.isEmpty }

  var json: JSON {
    .object([
      ("planted", .int(found.count)), ("found", .int(found.count - missed.count)),
      ("missed", .list(missed.map { .text($0) })), ("clean_seeds", .int(clean.count)),
      ("failed", .list(failed.map { .uint($0.outcome.settings.seed) })),
      ("verdict", .text(isGood ? "all found" : "violation")),
    ])
  }

  var text: String {
    let lines = ["\(found.count - missed.count) of \(found.count) planted mistakes found; \(clean.count) seeds without"]
    return (lines + failed.map { "  VIOLATION  without any mistake, \($0.outcome.text)" }).joined(separator: "\n")
  }
}
