import Glibc
public import MixNet

/// The system's clocks. `now` counts from the start of the machine, without the time that it slept (CLOCK_MONOTONIC).
///
/// It has no state: one may serve every thread, and all agree with each other and with ``EpollNetwork``.
public final class SystemClock: MixNet.Clock, Sendable {
  /// The system's clocks.
  public init() {}

  /// The monotonic clock.
  public var now: Instant { Self.now }

  /// The wall clock; it may jump.
  public var wall: WallTime {
    let t = Self.read(CLOCK_REALTIME)
    return WallTime(ns: Int64(t.tv_sec) * 1_000_000_000 + Int64(t.tv_nsec))
  }

  static var now: Instant {
    let t = read(CLOCK_MONOTONIC)
    return Instant(ns: UInt64(t.tv_sec) * 1_000_000_000 + UInt64(t.tv_nsec))
  }

  /// How long a wait until `deadline` lasts from now, in nanoseconds; -1 for ever.
  static func span(until deadline: Instant?) -> Int64 {
    guard let deadline else { return -1 }
    // What lies centuries ahead is as good as for ever; so ``Instant/never`` needs no case of its own.
    return Int64(exactly: (deadline - now).ns) ?? -1
  }

  private static func read(_ clock: clockid_t) -> timespec {
    var t = timespec()
    clock_gettime(clock, &t)
    return t
  }
}
