public import MixNet

/// When the next deed is due: so many a second, evenly.
public struct Pace {
  private let gap: Nanos
  /// When the next one is due.
  public private(set) var next: Instant

  /// So many a second (at least one) from `start` on.
  public init(perSecond: UInt64, from start: Instant) {
    gap = Nanos(1_000_000_000 / max(1, perSecond))
    next = start
  }

  /// Whether a deed is due; each is told once, and what was missed by more than a second is left out.
  public mutating func isDue(_ now: Instant) -> Bool {
    guard next <= now else { return false }
    if now - next > .s(1) { next = now }
    next = next + gap
    return true
  }
}
