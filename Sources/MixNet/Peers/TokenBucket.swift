/// A rate with room for bursts: tokens come at a steady rate up to a bound, and each event or byte takes some.
///
/// Counted in whole nanoseconds of the rate, so nothing is lost to rounding however often it is asked.
public struct TokenBucket: Sendable {
  /// Tokens a second; zero: no limit.
  public let rate: UInt64
  /// Tokens that may be saved up.
  public let burst: UInt64
  /// What it takes to fill the bucket from empty, and how much of that is there, in nanoseconds of the rate; less than
  /// nothing after more was spent than there was.
  private var level: Int64
  private let full: Int64
  private var last: Instant
  private static var second: UInt64 { 1_000_000_000 }
  private static var debtMax: Int64 { 1_000_000_000_000_000_000 }

  /// A full bucket. Rates are held to 10^9 a second, and bursts to 10^9, however long it takes until they are there again.
  public init(rate: UInt64, burst: UInt64, now: Instant) {
    self.rate = min(rate, Self.second)
    self.burst = min(max(1, burst), Self.second)
    full = Int64(self.burst * Self.second)
    level = full
    last = now
  }

  /// A full bucket with another rate, which goes on from the same moment.
  func changed(rate: UInt64, burst: UInt64) -> TokenBucket { TokenBucket(rate: rate, burst: burst, now: last) }

  /// Takes `count` tokens if they are there.
  public mutating func take(_ count: UInt64, _ now: Instant) -> Bool {
    guard rate > 0 else { return true }
    fill(now)
    let (cost, over) = count.multipliedReportingOverflow(by: Self.second)
    guard !over, cost <= UInt64(max(0, level)) else { return false }
    level -= Int64(cost)
    return true
  }

  /// Takes `count` tokens whether they are there or not: what is missing is a debt, which is kept whole (up to 10^9 tokens).
  public mutating func spend(_ count: UInt64, _ now: Instant) {
    guard rate > 0 else { return }
    fill(now)
    level = max(-Self.debtMax, level - Int64(min(count, Self.second) * Self.second))
  }

  /// When there is no debt, if nobody takes more.
  public func debtless(_ now: Instant) -> Instant {
    guard rate > 0 else { return now }
    var bucket = self
    bucket.fill(now)
    Probe.sometimes("rate.in_debt", bucket.level < 0)
    guard bucket.level < 0 else { return now }
    return now + Nanos((UInt64(-bucket.level) + rate - 1) / rate)
  }

  /// When `count` tokens will be there, if nobody takes any; never, if they are more than it holds.
  public func ready(_ count: UInt64, _ now: Instant) -> Instant {
    guard rate > 0 else { return now }
    guard count <= burst else { return .never }
    var bucket = self
    bucket.fill(now)
    let cost = count * Self.second
    guard Int64(cost) > bucket.level else { return now }
    return now + Nanos((UInt64(Int64(cost) - bucket.level) + rate - 1) / rate)
  }

  private mutating func fill(_ now: Instant) {
    let (gain, over) = (now - last).ns.multipliedReportingOverflow(by: rate)
    last = max(last, now)
    level = over || gain > UInt64(full - level) ? full : level + Int64(gain)
  }
}
