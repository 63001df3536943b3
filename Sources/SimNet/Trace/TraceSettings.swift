/// What is written down of a run.
public struct TraceSettings: Sendable {
  /// Whether anything is: without lines there is no hash, and the run is faster.
  public var isOn = true
  /// The lines that are kept to be looked at, by number from 0 on.
  public var kept = 0..<0
  /// How many marks are kept at most to find where two runs part.
  public var checkpointsMax = 4_096

  /// Lines are hashed, and none is kept.
  public init() {}
}
