public import MixNet

/// A mark on the way of a trace.
public struct TraceCheckpoint: Sendable, Equatable {
  /// How many lines stand before it.
  public let lines: Int
  /// The hash of those lines.
  public let digest: Bytes32
}

/// Where two traces part: the first line that differs, and what stands there.
public struct TraceDifference: Sendable, Equatable, CustomStringConvertible {
  /// The number of the line, from 0 on.
  public let number: Int
  /// The first trace's line; nil when it has ended.
  public let first: String?
  /// The second trace's line; nil when it has ended.
  public let second: String?

  /// Both lines, each with its number.
  public var description: String {
    "line \(number):\n  - \(first ?? "(the end)")\n  + \(second ?? "(the end)")"
  }

  /// The first line in which two texts differ; nil for equal ones.
  public static func between(_ first: [UInt8], _ second: [UInt8]) -> TraceDifference? {
    let newline = UInt8(ascii: "\n")
    var (at, line, start) = (0, 0, 0)
    while at < first.count, at < second.count, first[at] == second[at] {
      at += 1
      if first[at - 1] == newline { (line, start) = (line + 1, at) }
    }
    guard at < first.count || at < second.count else { return nil }
    func rest(_ text: [UInt8]) -> String? {
      text.count > start ? String(decoding: text[start...].prefix { $0 != newline }, as: UTF8.self) : nil
    }
    return TraceDifference(number: line, first: rest(first), second: rest(second))
  }

  /// The first line in which two runs differ, without either of them being written down whole.
  ///
  /// Each run is made twice: first to find by the marks between which lines they part, then to keep those lines. A run
  /// that does not do the same again for the same settings is told apart too, but the line may be a later one.
  ///
  /// - Parameter run: makes the first run (0) or the second one (1) with these settings, and gives its trace.
  public static func between<E: Error>(
    _ run: (_ number: Int, _ settings: TraceSettings) throws(E) -> Trace
  ) throws(E) -> TraceDifference? {
    let (first, second) = (try run(0, TraceSettings()), try run(1, TraceSettings()))
    if first.digest == second.digest { return nil }
    var settings = TraceSettings()
    settings.kept = parting(first, second)
    let (again, anew) = (try run(0, settings), try run(1, settings))
    let lines = settings.kept
    for place in 0..<lines.count {
      let one = place < again.kept.count ? again.kept[place].line : nil
      let other = place < anew.kept.count ? anew.kept[place].line : nil
      if one != other { return TraceDifference(number: lines.lowerBound + place, first: one, second: other) }
    }
    return TraceDifference(number: lines.upperBound, first: nil, second: nil)
  }

  /// The lines between the last mark that is equal in both and the first that is not.
  private static func parting(_ first: Trace, _ second: Trace) -> Range<Int> {
    // A longer run has fewer marks for the same lines: only those that both have tell.
    var equal = 0
    var (i, j) = (0, 0)
    let (a, b) = (first.checkpoints, second.checkpoints)
    while i < a.count, j < b.count {
      if a[i].lines == b[j].lines {
        guard a[i].digest == b[j].digest else { return equal..<a[i].lines }
        equal = a[i].lines
        (i, j) = (i + 1, j + 1)
      } else if a[i].lines < b[j].lines {
        i += 1
      } else {
        j += 1
      }
    }
    return equal..<(max(first.lines, second.lines) + 1)
  }
}
