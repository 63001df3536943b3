import OrderedJSON

/// What a sweep needs of a seed, and what the process that ran it says.
struct SeedReport {
  let seed: UInt64
  /// As it is printed.
  let line: String
  /// The first rule that was broken; nil when none was.
  let violation: Violation?
  let ranTwice: Bool
  private(set) var simulated = 0.0
  private(set) var messages = 0
  private(set) var answered = 0
  private(set) var pairs = 0
  private(set) var talked = 0
  private(set) var faults = Counts()
  private(set) var probes = ProbeCounts()

  init(_ entry: SweepEntry, isJSON: Bool = false) {
    let outcome = entry.outcome
    seed = outcome.settings.seed
    line = isJSON ? entry.json.line : entry.text
    (violation, ranTwice) = (entry.violation, entry.ranTwice)
    (simulated, messages, answered) = (outcome.simulated, outcome.messages, outcome.answered)
    (pairs, talked) = (outcome.conversations.pairs, outcome.conversations.delivered)
    for fault in outcome.faults { faults.add(fault.name, Int(clamping: fault.count)) }
    probes = outcome.probes
  }

  /// The rule of a run whose process gave no report, and was not ended by a trap.
  static let process = "process"

  /// What the process of a run has answered. One that gave no answer broke a rule.
  init(_ answer: Crew.Answer, _ settings: RunSettings, isJSON: Bool) {
    switch answer {
    case .done(let json):
      self = Self(json) ?? Self(settings, Crew.Ending(text: "it gave another answer"), isJSON: isJSON)
    case .ended(let ending): self.init(settings, ending, isJSON: isJSON)
    }
  }

  private init(_ settings: RunSettings, _ ending: Crew.Ending, isJSON: Bool) {
    let end = Violation(oracle: ending.isTrap ? "trap" : Self.process, what: ending.text)
    let violations = [ending.said.flatMap { Violation($0) }].compactMap { $0 } + [end]
    (seed, ranTwice, violation) = (settings.seed, false, violations[0])
    let replay = "hearsay-sim " + settings.words
    line =
      isJSON
      ? JSON.object([
        ("seed", .uint(seed)), ("verdict", .text("violation")), ("violations", .list(violations.map(\.json))),
        ("replay", .text(replay)),
      ]).line
      : "seed \(seed): violation\n" + violations.map { "  VIOLATION  \($0)\n" }.joined() + "  replay     \(replay)"
  }

  // MARK: Between processes

  var json: JSON {
    let probes = probes.entries.map { ($0.name, JSON.list([.int($0.passed), .int($0.fired)])) }
    return .object([
      ("seed", .uint(seed)), ("line", .text(line)), ("violation", violation?.json ?? .null), ("twice", .bool(ranTwice)),
      ("simulated_ms", .int(Int((simulated * 1_000).rounded()))), ("messages", .int(messages)),
      ("answered", .int(answered)), ("pairs", .int(pairs)), ("talked", .int(talked)),
      ("faults", .object(faults.entries.map { ($0.reason, .int($0.count)) })), ("probes", .object(probes)),
    ])
  }

  /// Nil for what no such process says.
  init?(_ json: JSON) {
    guard let seed = json["seed"]?.uint, let line = json["line"]?.text, let broken = json["violation"],
      let twice = json["twice"]?.bool, let simulated = json["simulated_ms"]?.int, let messages = json["messages"]?.int,
      let answered = json["answered"]?.int, let pairs = json["pairs"]?.int, let talked = json["talked"]?.int,
      let faults = json["faults"]?.fields, let probes = json["probes"]?.fields
    else { return nil }
    (self.seed, self.line, violation, ranTwice) = (seed, line, Violation(broken), twice)
    self.simulated = Double(simulated) / 1_000
    (self.messages, self.answered, self.pairs, self.talked) = (messages, answered, pairs, talked)
    for (name, count) in faults { self.faults.add(name, count.int ?? 0) }
    for (name, counts) in probes {
      self.probes.add(name, passed: counts.list?.first?.int ?? 0, fired: counts.list?.last?.int ?? 0)
    }
  }
}

extension Violation {
  var json: JSON { .object([("oracle", .text(oracle)), ("what", .text(what))]) }

  /// Nil when it is not there.
  init?(_ json: JSON) {
    guard let oracle = json["oracle"]?.text, let what = json["what"]?.text else { return nil }
    self.init(oracle: oracle, what: what)
  }
}
