import MixHostTesting
import Testing

/// What the report says of a check, when it says that it failed.
func sentence(_ report: ConformanceReport, _ check: ConformanceCheck) -> String {
  if case .failed(let sentence) = report[check] { sentence } else { "\(report[check])" }
}

/// The stage fails this check and no other.
func expectOnly(
  _ check: ConformanceCheck, _ words: String, _ conformance: StageConformance,
  _ location: SourceLocation = #_sourceLocation
) {
  let report = conformance.report()
  #expect(report.failed == [check], "\(report)", sourceLocation: location)
  #expect(sentence(report, check).contains(words), "\(report)", sourceLocation: location)
}

/// True when allocations cannot be counted because the language itself allocates.
let isDebugBuild: Bool = {
  #if DEBUG
    true
  #else
    false
  #endif
}()
