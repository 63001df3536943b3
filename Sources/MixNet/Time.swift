/// A point on the monotonic clock, in nanoseconds since an origin that only the provider knows.
///
/// It is read from a ``Clock`` once a turn and passed down; it never jumps and is the only time that timers use.
public struct Instant: Comparable, Hashable, Sendable {
  /// Nanoseconds since the provider's origin.
  public var ns: UInt64

  /// An instant `ns` nanoseconds after the provider's origin.
  public init(ns: UInt64) { self.ns = ns }

  /// The provider's origin.
  public static let zero = Instant(ns: 0)
  /// Later than every deadline.
  public static let never = Instant(ns: .max)

  /// Orders by time.
  public static func < (a: Self, b: Self) -> Bool { a.ns < b.ns }

  /// `a` later by `d`; stays at ``never`` instead of wrapping.
  public static func + (a: Self, d: Nanos) -> Self {
    let (sum, over) = a.ns.addingReportingOverflow(d.ns)
    return Instant(ns: over ? .max : sum)
  }

  /// The time from `b` to `a`; zero when `b` is the later one.
  public static func - (a: Self, b: Self) -> Nanos { Nanos(a.ns > b.ns ? a.ns - b.ns : 0) }
}

/// A length of time in nanoseconds. Its arithmetic saturates: no value that a peer chose can make it trap or wrap.
public struct Nanos: Comparable, Hashable, Sendable {
  /// The length in nanoseconds.
  public var ns: UInt64

  /// A length of `ns` nanoseconds.
  public init(_ ns: UInt64) { self.ns = ns }

  /// No time at all.
  public static let zero = Nanos(0)

  /// `n` microseconds.
  public static func us(_ n: UInt64) -> Nanos { Nanos(n) * 1_000 }
  /// `n` milliseconds.
  public static func ms(_ n: UInt64) -> Nanos { Nanos(n) * 1_000_000 }
  /// `n` seconds.
  public static func s(_ n: UInt64) -> Nanos { Nanos(n) * 1_000_000_000 }

  /// The length in milliseconds, cut down to a whole number.
  public var ms: UInt64 { ns / 1_000_000 }

  /// Orders by length.
  public static func < (a: Self, b: Self) -> Bool { a.ns < b.ns }

  /// The sum, or the largest length when it does not fit.
  public static func + (a: Self, b: Self) -> Self {
    let (sum, over) = a.ns.addingReportingOverflow(b.ns)
    return Nanos(over ? .max : sum)
  }

  /// The difference, or zero when `b` is longer.
  public static func - (a: Self, b: Self) -> Self { Nanos(a.ns > b.ns ? a.ns - b.ns : 0) }

  /// The product, or the largest length when it does not fit.
  public static func * (a: Self, n: UInt64) -> Self {
    let (product, over) = a.ns.multipliedReportingOverflow(by: n)
    return Nanos(over ? .max : product)
  }
}

/// A reading of the wall clock: nanoseconds since 1970-01-01 UTC. It may jump; it names epochs and key validity and is
/// never used for timers.
public struct WallTime: Comparable, Hashable, Sendable {
  /// Nanoseconds since 1970-01-01 UTC.
  public var ns: Int64

  /// A reading of `ns` nanoseconds since 1970-01-01 UTC.
  public init(ns: Int64) { self.ns = ns }

  /// Whole seconds since 1970-01-01 UTC.
  public var seconds: Int64 { ns / 1_000_000_000 }

  /// Orders by time.
  public static func < (a: Self, b: Self) -> Bool { a.ns < b.ns }
}
