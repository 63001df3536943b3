public import MixHost
public import MixNet

/// When packets leave a pool, and how many of them: the whole of a strategy. Which ones leave is drawn at random, the order
/// is shuffled, and every bound is kept by the pool itself, so a strategy can be neither biased nor hold a packet for ever.
///
/// It is a value with numbers in it, told of arrivals and asked for decisions. It has no clock and no randomness of its own,
/// and its arithmetic is of integers, so that it decides the same on every machine. It is called once for a batch, on one
/// thread, and allocates nothing.
///
/// ```swift
/// /// Waits for `size + keep` packets, and keeps a random `keep` of them.
/// struct ThresholdPool: PoolStrategy {
///   let size: Int
///   let keep: Int
///   mutating func decide(held: Int, at now: Instant, _ random: inout RandomStream) -> PoolDecision {
///     held < size + keep ? .wait(until: .never) : .fire(held - keep, next: .never)
///   }
/// }
/// ```
///
/// What the pool does whatever is decided: a packet at the limit of its time leaves; when the strategy fires, those leave
/// with it whose limit comes before `next`; a full pool gives up a random packet for each newcomer; and at a stop all leave.
public protocol PoolStrategy: Sendable {
  /// `count` packets, at least one, have come into a pool that held `held`.
  mutating func arrived(_ count: Int, held: Int, at now: Instant)
  /// How many of the `held` packets, at least one, leave now, and when to ask again. Asked after arrivals and at the time
  /// that the last decision gave. `random` is the pool's own stream, for strategies that throw dice.
  mutating func decide(held: Int, at now: Instant, _ random: inout RandomStream) -> PoolDecision
  /// What an operator wants to know of it.
  func status() -> [StatusField]
}

extension PoolStrategy {
  /// Does nothing.
  public mutating func arrived(_ count: Int, held: Int, at now: Instant) {}
  /// Nothing.
  public func status() -> [StatusField] { [] }
}

/// What a strategy decides.
public enum PoolDecision: Equatable, Sendable {
  /// Nothing leaves. The pool asks again at this time, or when packets come; with `.never`, only when they come.
  case wait(until: Instant)
  /// A batch of this many packets leaves, all that are held at most; zero and less are none. The pool asks again at `next`;
  /// a time that has come asks again at once, if this batch was not empty.
  case fire(Int, next: Instant)
}

/// Rounds of one length that go on whether packets come or not: the clock of the timed strategies. The first packet of all
/// begins the first round.
public struct PoolRounds: Equatable, Sendable {
  /// How long a round is; at least a nanosecond.
  public let interval: Nanos
  /// When the round that is under way ends; nil before the first packet.
  public private(set) var end: Instant?

  /// Rounds of this length.
  public init(every interval: Nanos) { self.interval = max(Nanos(1), interval) }

  /// Packets have come into an empty pool: rounds that ended without a packet are over.
  public mutating func begin(_ now: Instant) {
    if end == nil { end = now + interval } else { _ = isOver(now) }
  }

  /// Whether the round is over; then the next one is under way, however many have been missed.
  public mutating func isOver(_ now: Instant) -> Bool {
    guard let end, end <= now else { return false }
    let missed = (now - end).ns / interval.ns
    self.end = end + interval * (missed + 1)
    return true
  }
}
