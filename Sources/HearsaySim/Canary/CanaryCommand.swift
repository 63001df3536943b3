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

  /// Plants and sweeps, each mistake and each seed without one in a process that works on ``part(_:)``.
  func run(_ program: String, _ out: (String) -> Void, _ note: (String) -> Void) -> Int32 {
    let crew = Crew(program: program, command: ["part", "canary"] + all, jobs: jobs)
    var found: [PlantedBug] = []
    crew.work(0..<Self.names.count) { part, answer in
      let bug = Self.bug(Self.names[part], answer)
      found.append(bug)
      out(isJSON ? bug.json.line : bug.text)
    }
    let used = Int(clamping: (found.compactMap(\.seed).max() ?? seeds.lowerBound) - seeds.lowerBound) + 1
    var clean: [SeedReport] = []
    crew.work(Self.names.count..<Self.names.count + used) { part, answer in clean.append(self.clean(part, answer)) }
    let summary = CanarySummary(found: found, clean: clean)
    out(isJSON ? summary.json.line : summary.text)
    return summary.isGood ? Self.allFound : 1
  }

  private static let names = ProbePoint.all.filter { $0.kind == .planted }.map(\.name)

  /// What is found of one mistake; the parts behind those of all mistakes are seeds without any.
  func part(_ number: Int) throws(WrongWords) -> JSON {
    let count = Self.names.count + seeds.count
    guard number < count else { throw WrongWords(sentence: "the canary has \(count) parts, from 0 on; found \(number)") }
    if number < Self.names.count { return Self.search(for: Self.names[number], in: seeds).json }
    let settings = Self.settings(seed(number), planting: nil)
    return SeedReport(SweepEntry(number - Self.names.count, settings)).json
  }

  private func seed(_ part: Int) -> UInt64 { seeds.lowerBound + UInt64(clamping: part - Self.names.count) }

  private static func bug(_ name: String, _ answer: Crew.Answer) -> PlantedBug {
    switch answer {
    case .done(let json): PlantedBug(name, json)
    // A mistake that ends the process was noticed by no rule.
    case .ended(let text): PlantedBug(name: name, seed: nil, violation: Violation(oracle: "process", what: text), words: nil)
    }
  }

  private func clean(_ part: Int, _ answer: Crew.Answer) -> SeedReport {
    let settings = Self.settings(seed(part), planting: nil)
    switch answer {
    case .done(let json):
      return SeedReport(json) ?? SeedReport(settings, ended: "it gave another answer", isJSON: false)
    case .ended(let text): return SeedReport(settings, ended: text, isJSON: false)
    }
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

  init(name: String, seed: UInt64?, violation: Violation?, words: String?) {
    (self.name, self.seed, self.violation, self.words) = (name, seed, violation, words)
  }

  /// What ``json`` says of a mistake.
  init(_ name: String, _ json: JSON) {
    self.init(
      name: name, seed: json["seed"]?.uint, violation: Violation(json),
      words: json["replay"]?.text.map { String($0.dropFirst(Self.program.count)) })
  }

  private static let program = "hearsay-sim "

  var json: JSON {
    .object([
      ("name", .text(name)), ("seed", seed.map { .uint($0) } ?? .null),
      ("oracle", violation.map { .text($0.oracle) } ?? .null), ("what", violation.map { .text($0.what) } ?? .null),
      ("replay", words.map { .text(Self.program + $0) } ?? .null),
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
