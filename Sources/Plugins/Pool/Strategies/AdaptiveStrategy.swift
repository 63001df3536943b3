import MixHost
import MixNet

/// Batches that follow the rate: so large that they fill in half of the time that packets may be held, between a smallest
/// and a largest size. At a high rate batches are large and soon full; at a low one the limit of the time fires the pool.
struct AdaptiveStrategy: PoolStrategy {
  let batch: ClosedRange<Int>
  private var rate: RateMeter

  /// `latencyMax` is how long the pool holds packets.
  init(batch: ClosedRange<Int>, latencyMax: Nanos) {
    self.batch = batch
    rate = RateMeter(window: Nanos(latencyMax.ns / Self.windows))
  }

  private static var windows: UInt64 { 8 }

  /// The size of a batch at the rate that was measured.
  var target: Int {
    let filled = Int(clamping: (rate.perWindow * (Self.windows / 2)) >> RateMeter.bits)
    return min(max(filled, batch.lowerBound), batch.upperBound)
  }

  mutating func arrived(_ count: Int, held: Int, at now: Instant) { rate.add(count, now) }

  mutating func decide(held: Int, at now: Instant, _ random: inout RandomStream) -> PoolDecision {
    rate.add(0, now)
    let target = target
    guard held >= target else { return .wait(until: .never) }
    let leaving = min(held, batch.upperBound)
    return .fire(leaving, next: held - leaving >= target ? now : .never)
  }

  func status() -> [StatusField] { [StatusField("batch_target", .int(target))] }
}

/// How many packets come in a window of time: an average in which each window has an eighth of the weight of all before it.
struct RateMeter: Equatable, Sendable {
  /// The part of the average behind the point.
  static var bits: UInt64 { 16 }

  let window: Nanos
  /// Packets in a window, in 2^16ths.
  private(set) var perWindow: UInt64 = 0
  private var count: UInt64 = 0
  private var end: Instant?

  init(window: Nanos) { self.window = max(Nanos(1), window) }

  /// So many have come now.
  mutating func add(_ more: Int, _ now: Instant) {
    if let end, end <= now { roll(1 + (now - end).ns / window.ns, end) }
    if end == nil { end = now + window }
    count = min(count + UInt64(clamping: more), UInt64(UInt32.max))
  }

  /// Windows have ended; only the first of them had packets.
  private mutating func roll(_ windows: UInt64, _ end: Instant) {
    // After so many empty windows nothing is left of any average.
    for _ in 0..<min(windows, 400) {
      perWindow = perWindow - perWindow / 8 + (count << Self.bits) / 8
      count = 0
    }
    self.end = end + window * windows
  }
}

extension PoolKind {
  /// Batches that follow the rate.
  static let adaptive = PoolKind(
    "adaptive", summary: "batches that follow the rate: min_batch, max_batch"
  ) { table, settings in
    let least = table.packets("min_batch", default: 10, in: 1...1_048_576, settings, "packets in the smallest batch")
    let most = table.packets("max_batch", default: 100, in: 1...1_048_576, settings, "packets in the largest batch")
    if least > most {
      table.mistake(at: "min_batch", "'min_batch' must be at most 'max_batch', \(most); found \(least)")
    }
    return AdaptiveStrategy(batch: min(least, most)...most, latencyMax: settings.latencyMax)
  }
}
