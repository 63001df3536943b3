public import MixHost
public import MixNet

/// The bounds of a pool, which hold whatever its strategy decides.
public struct PoolSettings: Equatable, Sendable {
  /// Packets that are held; a full pool gives up a random one for each newcomer.
  public let heldMax: Int
  /// How long a packet is held, by its class; packets of higher classes count to the last.
  public let limits: InlineArray<4, Nanos>

  /// No packet is held longer.
  public var latencyMax: Nanos { limits[0] }

  /// Bounds of a pool without classes.
  public init(heldMax: Int, latencyMax: Nanos) { self.init(heldMax: heldMax, limits: .init(repeating: latencyMax)) }

  /// Bounds with a limit of its own for each class.
  public init(heldMax: Int, limits: InlineArray<4, Nanos>) {
    self.heldMax = max(1, heldMax)
    self.limits = limits
  }

  /// Reads the keys that all pools have. A wrong value is reported with its place, and the default stands in for it.
  public init(from table: inout ConfigTable) {
    let most = table.int(
      "max_latency_ms", default: 500, in: 1...600_000, "no packet is held longer, whatever the strategy")
    var limits = InlineArray<4, Nanos>(repeating: .ms(UInt64(most)))
    for rank in 1..<limits.count {
      let key = "class_\(rank)_max_latency_ms"
      let more = rank == 3 ? " and above" : ""
      guard let own = table.int(key, in: 1...600_000, "the same for packets of class \(rank)\(more), at their expense")
      else { continue }
      if own > most { table.mistake(at: key, "'\(key)' must be at most 'max_latency_ms', \(most); found \(own)") }
      limits[rank] = .ms(UInt64(min(own, most)))
    }
    heldMax = table.int(
      "held_max", default: 4_096, in: 1...1_048_576,
      "packets held, at most half of a worker's share of pool_size; a full pool gives up a random one for each newcomer"
    )
    self.limits = limits
  }

  /// How long a packet of this class is held.
  func limit(_ priority: UInt8) -> Nanos { limits[min(Int(priority), limits.count - 1)] }

  /// The same bounds with no more packets than half of those that one head has: all that are held may have come through it.
  func fitting(_ plan: ChainPlan) -> PoolSettings {
    let most = min(heldMax, plan.poolSize / max(1, plan.workers) / 2)
    return PoolSettings(heldMax: min(most, Probe.knob("pool.held_max", default: most, in: 1...4)), limits: limits)
  }

  /// Whether the bounds are the same.
  public static func == (a: Self, b: Self) -> Bool {
    a.heldMax == b.heldMax && a.limits.indices.allSatisfy { a.limits[$0] == b.limits[$0] }
  }
}
