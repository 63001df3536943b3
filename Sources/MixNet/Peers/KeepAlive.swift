/// Watches one side of a link: asks when the other has been silent, and tells when it must be taken for dead.
///
/// Both sides do this on their own, so a link of which one direction is dead is found by the side that hears nothing. Bytes of any
/// kind are a sign of life: a peer that sends packets needs not be asked, and neither one that asks itself. So that not both ask at the same time,
/// the side that accepted the link waits for a quarter longer.
public struct KeepAlive: Sendable {
  /// What it keeps to.
  public struct Settings: Equatable, Sendable {
    /// After so long without a sign of life the other side is asked.
    public var interval = Nanos.s(1)
    /// The longest wait for the answer.
    public var timeout = Nanos.s(2)
    /// The shortest wait for the answer, however fast answers have come so far.
    public var timeoutMin = Nanos.ms(500)
    /// The settings that nothing else is said about.
    public init() {}
  }

  /// What is to be done.
  public enum Step: Equatable, Sendable {
    /// Nothing now.
    case rest
    /// Send a ping with this number.
    case ping(UInt64)
    /// The other side is gone.
    case dead
  }

  private var heard: Instant
  private var asked: Instant?
  /// True while the other side must say something before long.
  private var waits = false
  /// When the wait for the answer began.
  private var waitsSince: Instant
  private let settings: Settings
  private let asksFirst: Bool
  private var number: UInt64 = 0
  /// The round-trip time, from the answers.
  public private(set) var roundTrip: RoundTrip

  /// A link that has come up now. `asksFirst`: this side opened it.
  public init(_ settings: Settings, asksFirst: Bool, now: Instant) {
    (self.settings, self.asksFirst) = (settings, asksFirst)
    heard = now
    waitsSince = now
    roundTrip = RoundTrip(bounds: settings.timeoutMin...max(settings.timeoutMin, settings.timeout))
  }

  /// Bytes have come.
  public mutating func heard(_ now: Instant) {
    heard = max(heard, now)
    // An answer may still be on its way, but nothing hangs on it any more.
    if let asked, asked <= heard { waits = false }
  }

  /// The question is still on its way through what lies before it: the wait for its answer begins anew.
  public mutating func waitAnew(_ now: Instant) { waitsSince = max(waitsSince, now) }

  /// An answer has come; one to an older question, or to none, is only a sign of life.
  public mutating func answered(_ answer: UInt64, _ now: Instant) {
    if let asked, answer == number { roundTrip.measured(now - asked) }
    if answer == number { (asked, waits) = (nil, false) }
    heard(now)
  }

  /// What to do at `now`.
  public mutating func step(_ now: Instant) -> Step {
    if waits {
      let isLate = waitsSince + roundTrip.timeout <= now
      Probe.sometimes("keepalive.dead", isLate)
      return isLate ? .dead : .rest
    }
    guard heard + interval <= now || Probe.buggify("keepalive.early") else { return .rest }
    number &+= 1
    (asked, waitsSince) = (now, now)
    waits = true
    return .ping(number)
  }

  /// When ``step(_:)`` next has something to say.
  public var next: Instant { waits ? waitsSince + roundTrip.timeout : heard + interval }

  private var interval: Nanos { asksFirst ? settings.interval : Nanos(settings.interval.ns + settings.interval.ns / 4) }
}
