import MixNet

/// How many things happen a second, of late: counted by tenths of a second, older ones weighing less and less.
struct RateMeter: Sendable {
  private static let span = Nanos.ms(100)
  /// The weight of the past from one span to the next: after two seconds a third is left.
  private static let past = 0.95

  private var began = Instant.zero
  private var count = 0
  /// A second's worth.
  private(set) var perSecond = 0.0

  mutating func add(_ things: Int) { count += things }

  /// Brings the rate up to date.
  mutating func look(_ now: Instant) {
    if began == .zero { began = now }
    // After a long silence nothing of the past is left.
    var spans = 0
    while began + Self.span <= now, spans < 200 {
      perSecond = Self.past * perSecond + (1 - Self.past) * Double(count) * 10
      count = 0
      began = began + Self.span
      spans += 1
    }
    if began + Self.span <= now { (began, perSecond, count) = (now, 0, 0) }
  }
}
