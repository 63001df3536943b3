import MixNet
import Testing

@testable import Pool

/// A pool with numbers for packets, and a clock in the test's hands.
final class PoolModel {
  var core: PoolCore
  private var random: RandomStream
  /// The packets by their places, as a hold keeps them.
  private var hold: [Int] = []
  private(set) var now: Instant
  /// When each packet came, its class, and when it left.
  private(set) var came: [Instant] = []
  private(set) var classes: [UInt8] = []
  private(set) var left: [Int: Instant] = [:]
  /// What left in each turn in which something did, in order.
  private(set) var batches: [[Int]] = []
  private(set) var twice = 0

  static let start = Instant(ns: 77_000_000_123)

  init(_ strategy: any PoolStrategy, _ settings: PoolSettings, seed: UInt64 = 1, at now: Instant = PoolModel.start) {
    core = PoolCore(strategy, settings, spare: 128)
    random = RandomStream(seed: Seed(seed).derived("pool model"))
    self.now = now
  }

  /// Packets of these classes come in one batch, and the pool has its turn.
  func come(_ priorities: [UInt8]) {
    let held = core.staying
    for priority in priorities {
      hold.append(came.count)
      came.append(now)
      classes.append(priority)
      core.insert(priority: priority, at: now, &random)
    }
    if !priorities.isEmpty { core.arrived(priorities.count, held: held, at: now) }
    turn()
  }

  func come(_ count: Int) { come([UInt8](repeating: 0, count: count)) }

  /// Time passes; the pool has a turn whenever it asked for one.
  func pass(_ time: Nanos) {
    let end = now + time
    while core.wake <= end {
      now = max(now, core.wake)
      turn()
    }
    now = end
  }

  func stop() {
    core.letAllGo(&random)
    pour()
  }

  func turn() {
    core.decide(at: now, &random)
    pour()
  }

  private func pour() {
    var batch: [Int] = []
    while let place = core.next() {
      let packet = hold[place]
      hold[place] = hold[hold.count - 1]
      hold.removeLast()
      if left.updateValue(now, forKey: packet) != nil { twice += 1 }
      batch.append(packet)
    }
    if !batch.isEmpty { batches.append(batch) }
  }

  var held: Int { hold.count }
  /// How long a packet was held.
  func stay(_ packet: Int) -> Nanos? { left[packet].map { $0 - came[packet] } }
}

extension PoolSettings {
  static func of(_ heldMax: Int = 1_000, ms: UInt64 = 500) -> PoolSettings {
    PoolSettings(heldMax: heldMax, latencyMax: .ms(ms))
  }
}

/// The strategies with numbers that suit tests of a few hundred packets; rounds of 50 ms.
enum Sample: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case timed, threshold, thresholdOrTimed, timedPool, normal, cottrell, adaptive

  var testDescription: String { rawValue }
  static let rounds = PoolRounds(every: .ms(50))

  var strategy: any PoolStrategy {
    switch self {
    case .timed: FlushStrategy(threshold: nil, rounds: Self.rounds)
    case .threshold: FlushStrategy(threshold: 10, rounds: nil)
    case .thresholdOrTimed: FlushStrategy(threshold: 10, rounds: Self.rounds)
    case .timedPool: TimedPoolStrategy(keep: 10, rounds: Self.rounds)
    case .normal: BinomialStrategy(.normal(mean: 20, deviation: 8), rounds: Self.rounds)
    case .cottrell: BinomialStrategy(.cottrell(keep: 5, percent: 65), rounds: Self.rounds)
    case .adaptive: AdaptiveStrategy(batch: 10...100, latencyMax: .ms(500))
    }
  }

  /// The same in a file.
  var config: String {
    switch self {
    case .timed: "strategy = \"timed\"\ninterval_ms = 50"
    case .threshold: "strategy = \"threshold\"\nthreshold = 10"
    case .thresholdOrTimed: "strategy = \"threshold_or_timed\"\nthreshold = 10\ninterval_ms = 50"
    case .timedPool: "strategy = \"timed_pool\"\nkeep = 10\ninterval_ms = 50"
    case .normal: "strategy = \"binomial\"\nmean = 20\ndeviation = 8\ninterval_ms = 50"
    case .cottrell: "strategy = \"binomial\"\ncurve = \"cottrell\"\nkeep = 5\nleave_percent = 65\ninterval_ms = 50"
    case .adaptive: "strategy = \"adaptive\"\nmin_batch = 10\nmax_batch = 100"
    }
  }
}
