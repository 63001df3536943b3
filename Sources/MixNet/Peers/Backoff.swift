/// How long to wait before the next try to connect: twice as long after each failure, with full jitter, so that many who
/// lost the same peer do not come back at the same moment.
///
/// A connection that lived for a while makes the past forgotten; one that came up and went down at once does not, or a
/// flapping peer would be called without a pause. Source: M. Brooker, "Exponential Backoff And Jitter", AWS, 2015.
public struct Backoff: Sendable {
  /// What a backoff keeps to.
  public struct Settings: Equatable, Sendable {
    /// The shortest pause.
    public var least = Nanos.ms(100)
    /// The longest pause.
    public var most = Nanos.s(30)
    /// A connection that lived so long makes the past forgotten.
    public var settled = Nanos.s(10)
    /// Tries in a row that may fail before it gives up; nil: any number.
    public var triesMax: Int?
    /// The settings that nothing else is said about.
    public init() {}
  }

  private let settings: Settings
  /// Failures in a row.
  public private(set) var failures = 0

  /// A backoff that has seen no failure.
  public init(_ settings: Settings) { self.settings = settings }

  /// Tries in a row that have failed; a connection that had lived for long was none.
  private var failedTries = 0

  /// True when as many tries have failed as may.
  public var hasGivenUp: Bool { settings.triesMax.map { failedTries >= $0 } ?? false }

  /// A try has failed, or a connection that lived for `lived` has ended: the pause before the next try.
  public mutating func failed(after lived: Nanos = .zero, _ random: inout RandomStream) -> Nanos {
    failedTries = lived >= settings.settled ? 0 : failedTries + 1
    Probe.sometimes("backoff.gave_up", hasGivenUp)
    if lived >= settings.settled { failures = 0 }
    let doublings = UInt64(min(failures, 40))
    failures += 1
    let most = Probe.knob("backoff.most_ms", default: settings.most, ms: 400...2_000)
    let room = min(most - settings.least, settings.least * (1 << doublings))
    Probe.sometimes("backoff.capped", room == most - settings.least)
    if Probe.buggify("backoff.longest", oneIn: 20) { return most }
    return settings.least + Nanos(random.below(room.ns &+ 1))
  }
}
