import MixNet

/// What lies between two hosts (or a host and itself), with a stream of chance of its own.
final class SimLink {
  /// One way.
  struct Way {
    /// Nothing gets through, and nobody says so.
    var isCut = false
    /// Nothing gets through until then, and then all at once.
    var cloggedUntil: UInt64 = 0
    /// When the last byte that was sent is out.
    var busyUntil: UInt64 = 0
    /// Bytes of datagrams under way.
    var load = 0
    /// When the last datagram comes: the next one comes no earlier.
    var lastDatagram: UInt64 = 0
  }

  let a: UInt32
  let b: UInt32
  private var random: RandomStream
  var conditions: LinkConditions
  /// What every packet takes longer.
  let spread: UInt64
  /// Way 0 leads from `a` to `b`.
  var ways: InlineArray<2, Way> = [Way(), Way()]

  init(_ a: UInt32, _ b: UInt32, seed: SimSeed, conditions: LinkConditions, spread: Nanos) {
    self.a = min(a, b)
    self.b = max(a, b)
    random = seed.stream(.link(a, b))
    self.conditions = conditions
    let longer = random.below(spread.ns / 2 + 1)
    self.spread = a == b ? 0 : longer
  }

  /// A host and itself: no fault of the network strikes there.
  var isLoopback: Bool { a == b }

  /// The way that leads from a host.
  func way(from host: UInt32) -> Int { host == a ? 0 : 1 }

  /// The one draw of a packet.
  func roll() -> Dice { Dice(word: random.next()) }

  /// When a packet of `size` bytes that is sent now comes, if nothing befalls it.
  func arrival(_ size: Int, way: Int, at now: UInt64, _ dice: Dice) -> UInt64 {
    var departure = now
    if conditions.bandwidth > 0 {
      let (high, low) = UInt64(size).multipliedFullWidth(by: 1_000_000_000)
      let out = conditions.bandwidth.dividingFullWidth((high % conditions.bandwidth, low)).quotient
      departure = max(now, ways[way].busyUntil).clampedAdding(out)
      ways[way].busyUntil = departure
    }
    return departure.clampedAdding(spread).clampedAdding(conditions.delay.length(dice.bits(Salt.delay)).ns)
  }
}

/// Salts of decisions that are no faults.
enum Salt {
  static let delay: UInt64 = 64
  static let again: UInt64 = 65
  static let ambition: UInt64 = 66
  static let turn: UInt64 = 67
}

extension UInt64 {
  /// The sum, or the largest number.
  func clampedAdding(_ other: UInt64) -> UInt64 {
    let (sum, over) = addingReportingOverflow(other)
    return over ? .max : sum
  }
}
