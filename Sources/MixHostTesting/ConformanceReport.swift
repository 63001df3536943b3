/// What became of each check of one stage.
public struct ConformanceReport: Sendable, CustomStringConvertible {
  /// What became of a check.
  public enum Outcome: Equatable, Sendable {
    /// The stage does what it must.
    case passed
    /// The check was left out, for this reason: it is not for the stage's role, or the author has said so.
    case skipped(String)
    /// The stage does not do what it must; the sentence says what was seen.
    case failed(String)
  }

  /// The stage's name.
  public let stage: String
  /// The checks in their order, each with what became of it.
  public let results: [(check: ConformanceCheck, outcome: Outcome)]

  /// What became of one check.
  public subscript(check: ConformanceCheck) -> Outcome {
    results.first { $0.check == check }?.outcome ?? .skipped("it was not run")
  }

  /// The checks that failed.
  public var failed: [ConformanceCheck] {
    results.compactMap { if case .failed = $0.outcome { $0.check } else { nil } }
  }

  /// One line a check.
  public var description: String {
    let lines = results.map { result in
      switch result.outcome {
      case .passed: "  passed   \(result.check.name)"
      case .skipped(let reason): "  skipped  \(result.check.name): \(reason)"
      case .failed(let sentence): "  FAILED   \(result.check.name): \(sentence)"
      }
    }
    return (["stage '\(stage)':"] + lines).joined(separator: "\n")
  }
}

/// A stage that failed at least one check. A test that throws it shows every failed check with its sentence.
public struct ConformanceFailure: Error, CustomStringConvertible {
  /// The whole report.
  public let report: ConformanceReport

  /// The failed checks, a line each.
  public var description: String {
    let lines = report.results.compactMap { result in
      if case .failed(let sentence) = result.outcome { "\(result.check.name): \(sentence)" } else { nil }
    }
    return "stage '\(report.stage)' fails \(lines.count) check\(lines.count == 1 ? "" : "s"):\n"
      + lines.joined(separator: "\n")
  }
}
