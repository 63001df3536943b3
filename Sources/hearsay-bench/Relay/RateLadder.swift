import MixNet

/// Rates at which a node is driven, one after the other, each with a new node, until it no longer keeps up.
struct RateLadder {
  struct Rung {
    /// Packets a second; 0: as fast as they are taken.
    let rate: Int
    let result: RelayResult

    /// Whether all came out, at the rate at which they went in.
    var keepsUp: Bool {
      result.received == result.sent && (rate == 0 || result.perSecond >= 0.97 * Double(rate))
    }
    var name: String { rate == 0 ? "as fast as goes" : "\(Output.rate(Double(rate)))/s" }
  }

  private let work: RelayWork
  private let route: MixRoute
  private let nodes: Int
  private let workers: Int
  private let seconds: Int
  private let rates: [Int]
  /// Frames before anything is measured: the node's memory is touched then, and what grows has grown.
  private let warm: Int

  /// The most frames that a rung has; all of them are in memory, twice.
  private static let framesMax = 400_000

  /// - Parameters:
  ///   - rate: the only rate that will be asked for; nil: those of the ladder.
  ///   - seconds: how long a rung lasts; 0: as short as shows that it works.
  /// - Throws: when that is more frames than there is memory for.
  init(_ chain: BenchWords.Chain, nodes: Int = 1, workers: Int, rate: Int? = nil, seconds: Int) throws(BenchError) {
    (self.nodes, self.workers, self.seconds) = (nodes, workers, seconds)
    rates =
      seconds == 0
      ? [2_000]
      : chain == .plain
        ? [50_000, 100_000, 200_000, 300_000, 400_000, 500_000, 600_000]
        : nodes > 1
          ? [2_000, 5_000, 8_000, 10_000, 12_000, 14_000, 16_000, 18_000, 20_000]
          : [5_000, 10_000, 20_000, 30_000, 35_000, 40_000, 45_000, 50_000, 55_000, 60_000]
    warm = seconds == 0 ? 100 : 2_000
    route = MixRoute(hops: nodes + 1)
    // As fast as goes: whatever a second brings.
    let highest = rate == 0 ? (chain == .plain ? 300_000 : 60_000) : rate ?? rates.last ?? 0
    let (most, isTooMuch) = highest.multipliedReportingOverflow(by: seconds)
    if rate != nil, rate != 0, isTooMuch || most > Self.framesMax {
      throw BenchError("\(highest) a second for \(seconds) s are more than \(Self.framesMax) frames")
    }
    work = try RelayWork(
      chain, count: warm + (seconds == 0 ? 400 : min(Self.framesMax, most)), hops: nodes, route: route)
  }

  /// Rates upwards, to the first with which the node does not keep up.
  func climb() throws(BenchError) -> [Rung] {
    var rungs: [Rung] = []
    for rate in rates {
      let rung = try rung(rate)
      rungs.append(rung)
      if !rung.keepsUp { break }
    }
    return rungs
  }

  /// One rate.
  func rung(_ rate: Int, isDurable: Bool = false) throws(BenchError) -> Rung {
    var run = RelayRun(work: work, route: route)
    run.node.workers = workers
    run.node.isDurable = isDurable
    run.nodes = nodes
    run.rate = rate
    run.warm = warm
    let most = work.count - warm
    run.count = rate == 0 || seconds == 0 ? most : min(most, rate * seconds)
    let result = try run.run()
    if let fault = result.fault { throw BenchError("\(rate) packets a second: \(fault)") }
    return Rung(rate: rate, result: result)
  }
}
