import MixNet

/// When frames are sent, at a rate: each when it is due.
///
/// The system wakes a generator late now and then, by milliseconds where all processors are busy. All that is due then, sent at once, would be
/// another load than the one that was asked for, and the node would be blamed for its queue. So what is late is made up for at a quarter above
/// the rate.
struct RelayPace {
  private let rate: Double
  private let begin: Instant
  /// Frames that may go at once.
  private let burst: Double
  private var allowed: Double
  private var last: Instant

  private static let haste = 1.25
  /// So long it may sleep, in seconds, and not be late.
  private static let nap = 0.00025

  /// - Parameter rate: frames a second.
  init(rate: Int, from begin: Instant) {
    self.rate = Double(rate)
    self.begin = begin
    burst = (Self.haste * Double(rate) * Self.nap).rounded(.up) + 1
    allowed = burst
    last = begin
  }

  /// When a frame is due, the first being number 0.
  func due(_ number: Int) -> Instant { begin + Nanos(UInt64(Double(number) * 1e9 / rate)) }

  /// How many more frames may be sent now.
  mutating func ready(at now: Instant, sent: Int) -> Int {
    allowed = min(burst, allowed + Double((now - last).ns) / 1e9 * Self.haste * rate)
    last = now
    let due = 1 + Int(Double((now - begin).ns) / 1e9 * rate)
    return min(due - sent, Int(allowed))
  }

  /// So many were sent.
  mutating func take(_ count: Int) { allowed = max(0, allowed - Double(count)) }
}
