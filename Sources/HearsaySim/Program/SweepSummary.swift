import OrderedJSON

/// A sweep in one line.
struct SweepSummary {
  /// Which points the sweep must have shown.
  let expectation: Expectation
  /// Seconds from its beginning to its end, the second runs among them.
  var elapsed = 0.0
  /// Seeds that ran twice.
  private var twice = 0
  private var seeds = 0
  private var failed: [UInt64] = []
  private var simulated = 0.0
  private var messages = 0
  private var answered = 0
  private var conversations = 0
  private var talked = 0
  private var faults = Counts()
  private var probes = ProbeCounts()

  private let crypto: CryptoKind
  /// Whether some of the seeds' nodes have limits.
  private let hasLimits: Bool

  init(_ expectation: Expectation, _ crypto: CryptoKind = .real, hasLimits: Bool = false) {
    (self.expectation, self.crypto, self.hasLimits) = (expectation, crypto, hasLimits)
  }

  mutating func add(_ report: SeedReport) {
    seeds += 1
    twice += report.ranTwice ? 1 : 0
    if report.violation != nil { failed.append(report.seed) }
    simulated += report.simulated
    messages += report.messages
    answered += report.answered
    conversations += report.pairs
    talked += report.talked
    for fault in report.faults.entries { faults.add(fault.reason, fault.count) }
    probes.add(report.probes)
  }

  var isGood: Bool { failed.isEmpty && missing.isEmpty }
  /// Points that should have fired and did not.
  var missing: [ProbePoint] {
    expectation.points(crypto).filter {
      !probes.hasShown($0) && (conversations > 0 || !$0.isOfConversations) && (hasLimits || !$0.isOfLimits)
    }
  }
  private var seedsAnHour: Double { elapsed > 0 ? Double(seeds) * 3_600 / elapsed : 0 }
  private var speed: Double { elapsed > 0 ? simulated / elapsed : 0 }

  /// The points of some kinds, each with the count that matters.
  private func counts(_ kinds: ProbePoint.Kind...) -> [(name: String, count: Int)] {
    ProbePoint.all.filter { kinds.contains($0.kind) }.map { point in
      (point.name, point.kind == .always ? probes[point.name].passed : probes[point.name].fired)
    }
    .sorted { $0.name < $1.name }
  }

  private func object(_ kinds: ProbePoint.Kind...) -> JSON {
    .object(kinds.flatMap { counts($0) }.sorted { $0.name < $1.name }.map { ($0.name, .int($0.count)) })
  }

  var json: JSON {
    .object([
      ("seeds", .int(seeds)), ("verdict", .text(isGood ? "ok" : "violation")),
      ("failed", .list(failed.map { .uint($0) })), ("twice", .int(twice)),
      ("messages", .int(messages)), ("answered", .int(answered)),
      ("conversations", .int(conversations)), ("talked", .int(talked)),
      ("faults", .object(faults.entries.map { ($0.reason, .int($0.count)) })),
      ("probes", .bool(SimProbes.areBuilt)), ("expected", .text(expectation.rawValue)),
      ("never", .list(missing.map { .text($0.name) })), ("sometimes", object(.sometimes, .reachable)),
      ("buggify", object(.buggify, .knob)), ("always", object(.always)),
      ("simulated_seconds", .double(simulated)), ("wall_seconds", .double(elapsed)),
      ("simulated_seconds_a_wall_second", .double(speed)), ("seeds_an_hour", .double(seedsAnHour)),
    ])
  }

  var text: String {
    func list(_ counts: [(name: String, count: Int)]) -> String {
      counts.isEmpty ? "none" : counts.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    }
    let time = [simulated, elapsed, speed, seedsAnHour].map(JSON.rounded)
    let lines = [
      "\(seeds) seeds, \(failed.count) failed\(failed.isEmpty ? "" : ": \(failed)"); \(twice) ran twice",
      "  \(time[0]) s simulated in \(time[1]) s: \(time[2]) a second, \(time[3]) seeds an hour",
      "  \(messages) messages, \(answered) answered; \(talked) in \(conversations) conversations",
      "  faults: \(list(faults.entries.map { ($0.reason, $0.count) }))",
    ]
    let trouble = "  buggify: \(list(counts(.buggify, .knob)))"
    let shown = "  sometimes: \(list(counts(.sometimes, .reachable)))"
    let probes = SimProbes.areBuilt ? [trouble, shown] : ["  probes: none; they were not built"]
    let failures = missing.map { "  VIOLATION  \($0.kind.rawValue): '\($0.name)' never fired" }
    return (lines + probes + failures).joined(separator: "\n")
  }
}
