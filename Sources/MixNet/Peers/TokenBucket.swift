/// A rate with room for bursts: tokens come at a steady rate up to a bound, and each event or byte takes some.
///
/// Counted in whole nanoseconds of the rate, so nothing is lost to rounding however often it is asked.
public struct TokenBucket: Sendable {
  /// Tokens a second; zero: no limit.
  public let rate: UInt64
  /// Tokens that may be saved up.
  public let burst: UInt64
  /// What it takes to fill the bucket from empty, and how much of that is there, in nanoseconds of the rate.
  private var level: UInt64
  private let full: UInt64
  private var last: Instant
  private static var second: UInt64 { 1_000_000_000 }

  /// A full bucket. Rates are held to 10^9 a second, bursts to what a minute brings or 10^9.
  public init(rate: UInt64, burst: UInt64, now: Instant) {
    self.rate = min(rate, Self.second)
    self.burst = min(max(1, burst), Self.second)
    full = self.burst * Self.second
    level = full
    last = now
  }

  /// Takes `count` tokens if they are there.
  public mutating func take(_ count: UInt64, _ now: Instant) -> Bool {
    guard rate > 0 else { return true }
    fill(now)
    let (cost, over) = count.multipliedReportingOverflow(by: Self.second)
    guard !over, cost <= level else { return false }
    level -= cost
    return true
  }

  /// When `count` tokens will be there, if nobody takes any; never, if they are more than it holds.
  public func ready(_ count: UInt64, _ now: Instant) -> Instant {
    guard rate > 0 else { return now }
    guard count <= burst else { return .never }
    var bucket = self
    bucket.fill(now)
    let cost = count * Self.second
    guard cost > bucket.level else { return now }
    return now + Nanos((cost - bucket.level + rate - 1) / rate)
  }

  private mutating func fill(_ now: Instant) {
    let (gain, over) = (now - last).ns.multipliedReportingOverflow(by: rate)
    last = max(last, now)
    level = over || gain > full - level ? full : level + gain
  }
}
