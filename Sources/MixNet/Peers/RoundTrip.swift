/// The round-trip time to a peer, smoothed, and how long to wait for an answer. Source: RFC 6298, with a floor and a
/// ceiling of one's own.
public struct RoundTrip: Sendable {
  /// The shortest and the longest wait for an answer.
  public let bounds: ClosedRange<Nanos>
  /// The smoothed round-trip time; zero before the first measurement.
  public private(set) var smoothed = Nanos.zero
  /// How much it varies.
  public private(set) var variation = Nanos.zero
  /// The shortest that was measured.
  public private(set) var least = Nanos(.max)
  /// The longest that was measured.
  public private(set) var most = Nanos.zero
  /// How often it was measured.
  public private(set) var count: UInt64 = 0

  /// Nothing is measured yet: until then the wait is the longest.
  public init(bounds: ClosedRange<Nanos>) { self.bounds = bounds }

  /// An answer has come after `time`.
  public mutating func measured(_ time: Nanos) {
    if count == 0 {
      smoothed = time
      variation = Nanos(time.ns / 2)
    } else {
      let off = max(smoothed, time) - min(smoothed, time)
      variation = Nanos(variation.ns - variation.ns / 4) + Nanos(off.ns / 4)
      smoothed = Nanos(smoothed.ns - smoothed.ns / 8) + Nanos(time.ns / 8)
    }
    least = min(least, time)
    most = max(most, time)
    count &+= 1
  }

  /// How long to wait for an answer now.
  public var timeout: Nanos {
    guard count > 0 else { return bounds.upperBound }
    return min(bounds.upperBound, max(bounds.lowerBound, smoothed + variation * 4))
  }
}
