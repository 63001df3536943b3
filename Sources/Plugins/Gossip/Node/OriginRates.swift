import MixNet

/// How much each origin may send, for as many origins as there is room for; those of which nothing was heard for longest begin anew.
struct OriginRates: Sendable {
  private var present: [UInt64: TokenBucket] = [:]
  private var former: [UInt64: TokenBucket] = [:]
  private let capacity: Int
  private let rate: UInt64
  private let burst: UInt64

  /// Messages a second and at once; a rate of 0 is none.
  init(rate: UInt64, burst: UInt64, capacity: Int) {
    (self.rate, self.burst, self.capacity) = (rate, burst, max(2, capacity))
  }

  mutating func take(_ origin: UInt64, _ now: Instant) -> Bool {
    guard rate > 0 else { return true }
    // Most are known; this looks once.
    if let isTaken = present[origin]?.take(1, now) { return isTaken }
    var bucket = former[origin] ?? TokenBucket(rate: rate, burst: burst, now: now)
    let isTaken = bucket.take(1, now)
    if present.count >= capacity / 2 {
      former = present
      present.removeAll(keepingCapacity: true)
    }
    present[origin] = bucket
    return isTaken
  }
}
