import OrderedJSON
import SimNet

/// What one seed of a sweep gave. Some seeds run twice, and must do the same.
struct SweepEntry: Sendable {
  let outcome: Outcome
  let ranTwice: Bool
  /// Where the two runs part; nil when they do not.
  let difference: String?

  /// So many seeds at the start run twice, and then every twentieth.
  private static let twiceFirst = 2
  private static let twiceEvery = 20

  /// Bytes of a trace that are kept: some thousand simulated seconds.
  private static let traceMax = 128 << 20

  /// Runs the seed that is the `number`th of its sweep, from 0 on. `heard` is told of the first violation at once.
  init(_ number: Int, _ settings: RunSettings, heard: ((Violation) -> Void)? = nil) {
    let isChosen = number < Self.twiceFirst || number % Self.twiceEvery == 0
    let trace = isChosen ? KeptTrace(limit: Self.traceMax) : nil
    outcome = Self.run(settings, trace, heard)
    // What breaks a rule has enough to be looked at.
    ranTwice = isChosen && outcome.isGood
    difference = ranTwice ? trace.flatMap { [outcome] in Self.difference(outcome, $0) } : nil
  }

  private static func run(
    _ settings: RunSettings, _ trace: KeptTrace?, _ heard: ((Violation) -> Void)? = nil
  ) -> Outcome {
    let run = SimRun(settings)
    run.ledger.heard = heard
    guard let trace else { return run.run() }
    return run.run { trace.add($0) }
  }

  /// Runs a second time; where the two runs part, nil when they do not.
  ///
  /// It is these two that are compared, line by line: what does not follow from the seed does not come again.
  private static func difference(_ outcome: Outcome, _ first: KeptTrace) -> String? {
    let second = KeptTrace(limit: traceMax)
    guard run(outcome.settings, second).hash != outcome.hash else { return nil }
    let lines = TraceDifference.between(first.bytes, second.bytes)
    if let lines, first.isWhole && second.isWhole || lines.first != nil && lines.second != nil {
      return lines.description
    }
    return laterDifference(outcome)
  }

  /// Where two more runs part, when the first two are alike as far as their traces were kept.
  private static func laterDifference(_ outcome: Outcome) -> String {
    let found = TraceDifference.between { _, trace in
      var settings = outcome.settings
      settings.trace = trace
      let run = SimRun(settings)
      _ = run.run()
      return run.world.trace
    }
    return found?.description ?? "no line that could be found: two more runs of it were alike"
  }

  /// The first rule that was broken, and how; nil when none was.
  var violation: Violation? {
    outcome.violations.first ?? difference.map { Violation(oracle: "determinism", what: "two runs part at \($0)") }
  }

  // MARK: As it is printed

  var json: JSON {
    guard case .object(let fields) = outcome.json, let difference else { return outcome.json }
    return .object(fields + [("difference", .text(difference))])
  }

  var text: String {
    guard outcome.isGood, difference == nil else {
      let parting = difference.map { "\n  VIOLATION  determinism: two runs of this seed part at \($0)" } ?? ""
      return outcome.text + parting
    }
    return "seed \(outcome.settings.seed): ok, hash \(outcome.hashText.prefix(16)), \(outcome.messages) messages, "
      + "\(outcome.answered) answered, \(JSON.rounded(outcome.wall)) s"
  }
}
