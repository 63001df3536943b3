public import MixNet

/// The time of a world, which its clocks read.
final class WorldTime {
  var ns: UInt64
  init(ns: UInt64) { self.ns = ns }
}

/// The clocks of a host. The monotonic clock may run too fast or too slow; the wall clock may also jump.
public final class SimClock: Clock {
  private let time: WorldTime
  /// Where the present rate began, in world time, and what the host's clock showed then.
  private var base: (world: UInt64, host: UInt64)
  /// How much too fast it runs, in millionths; below zero: too slow.
  public var drift: Int64 { rate }
  private var rate: Int64 = 0
  /// What the wall clock shows beyond the monotonic one.
  private var wallAhead: Int64

  init(time: WorldTime, wall: WallTime) {
    self.time = time
    base = (time.ns, time.ns)
    wallAhead = wall.ns
  }

  /// The monotonic clock.
  public var now: Instant { Instant(ns: hostTime(at: time.ns)) }

  /// The wall clock.
  public var wall: WallTime {
    let (sum, over) = wallAhead.addingReportingOverflow(Int64(clamping: now.ns))
    return WallTime(ns: over ? (wallAhead < 0 ? .min : .max) : sum)
  }

  /// Lets the wall clock jump.
  public func jump(by ns: Int64) { wallAhead = Int64(clamping: Int128(wallAhead) + Int128(ns)) }

  /// Lets both clocks run too fast by so many millionths from now on, at most a tenth; below zero: too slow.
  public func setDrift(_ millionths: Int64) {
    base = (time.ns, hostTime(at: time.ns))
    rate = min(max(millionths, -100_000), 100_000)
  }

  private func hostTime(at world: UInt64) -> UInt64 {
    let short = world - base.world
    if rate == 0 { return base.host.clampedAdding(short) }
    // Half a day fits into 64 bits, and is quicker.
    if short < 1 << 45 { return base.host &+ short &+ UInt64(bitPattern: Int64(short) * rate / 1_000_000) }
    let passed = Int128(short)
    return UInt64(clamping: Int128(base.host) + passed + passed * Int128(rate) / 1_000_000)
  }

  /// The first time of the world at which the monotonic clock shows `instant`.
  func worldTime(of instant: Instant) -> UInt64 {
    guard instant.ns > base.host else { return base.world }
    guard instant < .never else { return .max }
    let short = instant.ns - base.host
    if rate == 0 { return base.world.clampedAdding(short) }
    var found: UInt64
    if short < 1 << 43 {
      // Two hours fit into 64 bits, and are quicker.
      found = base.world &+ short * 1_000_000 / UInt64(1_000_000 + rate)
    } else {
      found = UInt64(clamping: Int128(base.world) + Int128(short) * 1_000_000 / Int128(1_000_000 + rate))
    }
    // The division may have cut off less than what the clock's own one does.
    while found < .max, hostTime(at: found) < instant.ns { found += 1 }
    return found
  }
}
