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

  /// Runs the seed that is the `number`th of its sweep, from 0 on.
  init(_ number: Int, _ settings: RunSettings) {
    outcome = SimRun(settings).run()
    // What breaks a rule has enough to be looked at.
    ranTwice = outcome.isGood && (number < Self.twiceFirst || number % Self.twiceEvery == 0)
    difference = ranTwice ? Self.difference(outcome) : nil
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

  /// The first rule that was broken, and how; nil when none was.
  var violation: Violation? {
    outcome.violations.first ?? difference.map { Violation(oracle: "determinism", what: "two runs part at \($0)") }
  }
}
