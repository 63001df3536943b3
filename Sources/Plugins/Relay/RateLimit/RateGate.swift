import MixHost
import MixNet

/// A rate in packets and in bytes: what comes must fit into both, or takes nothing of either.
struct RateGate: Sendable {
  /// The numbers of a gate; a rate of zero is no limit.
  struct Rate: Equatable, Sendable {
    var packets: UInt64
    var bytes: UInt64
    /// How much may come at once: what the rate brings in this time.
    var burst: Nanos
    /// A packet of this size passes a gate that has not been used.
    var sizeMax: Int

    var isLimited: Bool { packets > 0 || bytes > 0 }

    fileprivate func burst(of rate: UInt64) -> UInt64 {
      let (product, over) = rate.multipliedReportingOverflow(by: burst.ms)
      return over ? .max : product / 1_000
    }
  }

  private var packets: TokenBucket
  private var bytes: TokenBucket

  init(_ rate: Rate, now: Instant) {
    packets = TokenBucket(rate: rate.packets, burst: max(1, rate.burst(of: rate.packets)), now: now)
    bytes = TokenBucket(
      rate: rate.bytes, burst: max(UInt64(clamping: rate.sizeMax), rate.burst(of: rate.bytes)), now: now)
  }

  /// Whether a packet of this size would pass.
  func fits(_ size: Int, _ now: Instant) -> Bool {
    packets.ready(1, now) <= now && bytes.ready(UInt64(clamping: size), now) <= now
  }

  /// A packet of this size, which fits, passes.
  mutating func pass(_ size: Int, _ now: Instant) {
    packets.spend(1, now)
    bytes.spend(UInt64(clamping: size), now)
  }
}

/// The gates of links, as many as are remembered. A link that is not has an unused gate: the one that is forgotten for a new
/// one has been silent for the longest time, so that its gate was nearly as good as new.
struct LinkGates {
  private let rate: RateGate.Rate
  private let linksMax: Int
  private var gates: [RateGate] = []
  /// For look-ups only.
  private var places: [LinkID: Int] = [:]
  private var ages = AgeList<LinkID>()

  init(_ rate: RateGate.Rate, linksMax: Int) {
    self.rate = rate
    self.linksMax = max(1, linksMax)
    gates.reserveCapacity(self.linksMax)
    places.reserveCapacity(self.linksMax)
  }

  /// Links that are remembered.
  var count: Int { places.count }

  /// The place of a link's gate, which is good until the next call.
  mutating func place(of link: LinkID, _ now: Instant) -> Int {
    if let place = places[link] {
      ages.use(place, now)
      return place
    }
    if places.count >= linksMax, let oldest = ages.oldest?.element, let place = places.removeValue(forKey: oldest) {
      ages.remove(place)
    }
    let place = ages.add(link, now)
    let gate = RateGate(rate, now: now)
    if place < gates.count { gates[place] = gate } else { gates.append(gate) }
    places[link] = place
    return place
  }

  func fits(_ size: Int, at place: Int, _ now: Instant) -> Bool { gates[place].fits(size, now) }
  mutating func pass(_ size: Int, at place: Int, _ now: Instant) { gates[place].pass(size, now) }

  /// What it may come to take, in bytes.
  static func memory(linksMax: Int) -> Int {
    // A dictionary is a third larger than what is in it, and rounds up to a power of two.
    let entry = MemoryLayout<LinkID>.stride + MemoryLayout<Int>.stride + 1
    return linksMax * (MemoryLayout<RateGate>.stride + 64) + linksMax * 2 * entry * 4 / 3
  }
}
