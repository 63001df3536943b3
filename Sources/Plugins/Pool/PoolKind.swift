public import MixHost
import MixNet

/// A strategy as an operator names it: `strategy = "timed"`. A value in a list, to which a program adds its own
/// (``MixHost/Plugin/pool(adding:)``).
public struct PoolKind: Sendable {
  /// Its name in the configuration.
  public let name: String
  /// When packets leave, and the keys that it reads, in a few words.
  public let summary: String
  let read: @Sendable (inout ConfigTable, PoolSettings) -> any PoolStrategy

  /// A strategy that is made from its own keys of the pool's table. `read` is told the pool's bounds, for checks against
  /// them; it records mistakes in the table and then returns something that works.
  public init(
    _ name: String, summary: String, read: @escaping @Sendable (inout ConfigTable, PoolSettings) -> any PoolStrategy
  ) {
    self.name = name
    self.summary = summary
    self.read = read
  }

  /// The strategies that come with the pool; the first is the default.
  public static let builtIn: [PoolKind] = [
    .adaptive, .timed, .threshold, .thresholdOrTimed, .timedPool, .binomial,
  ]
}

/// What `[pool]` says.
struct PoolConfig: Sendable {
  let strategy: any PoolStrategy
  let settings: PoolSettings

  init(from table: inout ConfigTable, _ kinds: [PoolKind]) {
    let words = kinds.map(\.name)
    let all = kinds.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")
    let name = table.choice("strategy", default: words.first ?? "", of: words, "when packets leave: \(all)")
    settings = PoolSettings(from: &table)
    let kind = kinds.first { $0.name == name } ?? .adaptive
    strategy = kind.read(&table, settings)
  }
}

extension ConfigTable {
  /// The length of a timed strategy's rounds; longer ones than packets may be held would keep nothing together.
  mutating func rounds(_ settings: PoolSettings) -> PoolRounds {
    let interval = milliseconds(
      "interval_ms", default: 100, in: 1...600_000, "length of a round, at whose end packets leave")
    if interval > settings.latencyMax {
      mistake(
        at: "interval_ms",
        "'interval_ms' must be at most 'max_latency_ms', \(settings.latencyMax.ms); found \(interval.ms)")
    }
    return PoolRounds(every: min(interval, settings.latencyMax))
  }

  /// A number of packets, `range` and at most what the pool holds.
  mutating func packets(
    _ key: String, default preset: Int, in range: ClosedRange<Int>, _ settings: PoolSettings, _ doc: String
  ) -> Int {
    let count = int(key, default: min(preset, settings.heldMax), in: range, doc)
    if count > settings.heldMax {
      mistake(at: key, "'\(key)' must be at most 'held_max', \(settings.heldMax); found \(count)")
    }
    return min(count, settings.heldMax)
  }
}
