import MixHost
import MixNet

/// What `[cover_traffic]` says.
struct CoverConfig: Sendable {
  /// How the rate of drop messages follows the real traffic.
  enum Rate: String, CaseIterable, Sendable {
    /// It does not.
    case fixed
    /// As much as real packets lack to a floor.
    case adaptive
  }

  /// After the start there is no cover for so long: nodes that are not up yet would be taken for dead.
  let start: Nanos
  /// The mean time between two loops; zero: none.
  let loopInterval: Nanos
  /// The mean time between two drop messages; zero: none. Not used where the rate is adaptive.
  let dropInterval: Nanos
  let rate: Rate
  /// Packets a second, real ones and drop messages together, that shall leave at least.
  let floor: Double
  /// The mean of the delay that a packet of the stage's own asks of each node.
  let meanDelay: Nanos
  /// A loop that is not back after this time is lost.
  let loopTimeout: Nanos
  /// The time between two packets on each link to a next hop; zero: packets leave when they come.
  let linkInterval: Nanos
  /// Packets that wait for their tick on one link.
  let linkQueueMax: Int

  init(from table: inout ConfigTable) {
    start = table.milliseconds("start_ms", default: 5_000, in: 0...600_000, "no cover for so long after the start")
    loopInterval = table.milliseconds(
      "loop_interval_ms", default: 1_000, in: 0...3_600_000, "mean time between two loops; 0: no loops")
    dropInterval = table.milliseconds(
      "drop_interval_ms", default: 1_000, in: 0...3_600_000,
      "mean time between two drop messages; 0: none. Not used where links have a constant rate")
    rate = table.choice("rate", default: .fixed, "whether drop messages make up for real packets that are missing")
    floor = table.float(
      "floor_per_s", default: 10, in: 0...10_000,
      "packets a second that leave at least, real or drop, if rate is adaptive")
    meanDelay = table.milliseconds(
      "mean_delay_ms", default: 50, in: 0...60_000, "mean delay that cover asks of each node")
    loopTimeout = table.milliseconds(
      "loop_timeout_ms", default: 10_000, in: 100...3_600_000, "a loop that is not back after this time is lost")
    linkInterval = table.milliseconds(
      "link_interval_ms", default: 0, in: 0...60_000,
      "time between two packets, real or cover, on each link to the next layer; 0: packets leave when they come")
    linkQueueMax = table.int(
      "link_queue_max", default: 64, in: 1...65_536,
      "packets that wait for their time on one such link; more are dropped")
  }

  /// Packets that wait for a tick on all links together: at most half of those that one head has, as all of them may have come
  /// through it.
  func heldMax(_ plan: ChainPlan) -> Int {
    linkInterval == .zero ? 0 : max(1, plan.poolSize / max(1, plan.workers) / 2)
  }
}
