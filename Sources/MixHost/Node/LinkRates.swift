import MixNet
import Synchronization

/// How fast a node reads from its links and writes to them: a bucket of tokens for bytes and one for frames, each for one
/// link and for all of the node's links together.
///
/// What is over the rate waits: unread bytes with the sender, whom TCP slows down, and unwritten frames in the link's queue,
/// for as long and as many as a link's queue allows.
public struct LinkRates: Equatable, Sendable {
  /// A rate in bytes and in frames a second; zero: no limit.
  public struct Rate: Equatable, Sendable {
    /// Bytes a second.
    public var bytes: UInt64 = 0
    /// Frames a second: packets, and read ones of the link's own.
    public var frames: UInt64 = 0
    /// No limit.
    public init() {}

    var isLimited: Bool { bytes > 0 || frames > 0 }
  }

  /// From one link.
  public var read = Rate()
  /// From all links.
  public var readAll = Rate()
  /// To one link.
  public var write = Rate()
  /// To all links.
  public var writeAll = Rate()
  /// No limit.
  public init() {}
}

/// A rate that is kept to: more may be taken than is there, and then nothing until the debt is paid.
struct RateKeeper: Sendable {
  private var bytes: TokenBucket
  private var frames: TokenBucket
  private let rate: LinkRates.Rate

  /// Saves up what a quarter of a second brings; nil where there is no limit.
  init?(_ rate: LinkRates.Rate, now: Instant) {
    guard rate.isLimited else { return nil }
    self.rate = rate
    bytes = TokenBucket(rate: rate.bytes, burst: rate.bytes / 4, now: now)
    frames = TokenBucket(rate: rate.frames, burst: rate.frames / 4, now: now)
  }

  /// The most bytes that should be moved at once, in frames of at least `frameMin` bytes: what a quarter of a second brings,
  /// so that no debt lasts much longer. Who waits longer might be taken for dead.
  func share(frameMin: Int) -> Int {
    let byBytes = rate.bytes > 0 ? max(16, Int(clamping: rate.bytes / 4)) : Int.max
    let byFrames = rate.frames > 0 ? max(1, Int(clamping: rate.frames / 4)) * max(1, frameMin) : Int.max
    return min(byBytes, byFrames)
  }

  mutating func spend(bytes count: Int, frames number: Int, _ now: Instant) {
    bytes.spend(UInt64(max(0, count)), now)
    frames.spend(UInt64(max(0, number)), now)
  }

  /// When more may be moved.
  func ready(_ now: Instant) -> Instant { max(bytes.debtless(now), frames.debtless(now)) }
}

/// The rate of one link. An object, since most links have none and all of them are looked at for every frame.
final class LinkRate {
  var keeper: RateKeeper

  /// The memory that a link's rates take, in bytes, with what an object and its allocation add.
  static func memory(_ rates: LinkRates) -> Int {
    (MemoryLayout<RateKeeper>.stride + 32) * [rates.read, rates.write].count { $0.isLimited }
  }

  /// Nil where there is no limit.
  init?(_ rate: LinkRates.Rate, now: Instant) {
    guard let keeper = RateKeeper(rate, now: now) else { return nil }
    self.keeper = keeper
  }
}

/// A rate for all links, which the workers share: a lock for each read or write, where such a rate is set.
final class SharedRate: Sendable {
  private let keeper: Mutex<RateKeeper?>
  private let isLimited: Atomic<Bool>

  init(_ rate: LinkRates.Rate) {
    keeper = Mutex(RateKeeper(rate, now: .zero))
    isLimited = Atomic(rate.isLimited)
  }

  /// Another rate from now on.
  func change(_ rate: LinkRates.Rate, _ now: Instant) {
    keeper.withLock { $0 = RateKeeper(rate, now: now) }
    isLimited.store(rate.isLimited, ordering: .releasing)
  }

  func spend(bytes: Int, frames: Int, _ now: Instant) {
    guard isLimited.load(ordering: .acquiring) else { return }
    keeper.withLock { $0?.spend(bytes: bytes, frames: frames, now) }
  }

  func ready(_ now: Instant) -> Instant {
    guard isLimited.load(ordering: .acquiring) else { return now }
    return keeper.withLock { $0?.ready(now) } ?? now
  }

  func share(frameMin: Int) -> Int {
    guard isLimited.load(ordering: .acquiring) else { return .max }
    return keeper.withLock { $0?.share(frameMin: frameMin) } ?? .max
  }
}
