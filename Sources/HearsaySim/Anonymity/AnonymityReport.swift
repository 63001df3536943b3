import Glibc
import MixHost
import MixNet
import OrderedJSON
import SimNet

/// What a run has shown.
struct AnonymityReport {
  let settings: AnonymitySettings
  let hash: Bytes32
  let failures: [String]
  let entropies: [Double]
  let minEntropies: [Double]
  /// What it was worth, in bits, to be told which message a target was, as the mean over all: if the observer reckons rightly, as
  /// much as it said that it did not know.
  let surprise: Double
  /// The same of an observer who is not told which packets mixes made; nil where there are none, or nobody knows how many.
  let untold: (entropy: Double, surprise: Double)?
  /// How far the probabilities of a target are from 1 in sum, at most.
  let sumError: Double
  let latencies: [Nanos]
  let messages: Int
  let delivered: Int
  let poolMean: Double
  let overhead: Double
  let unwraps: Int
  /// Packets that mixes have made.
  let coverMade: Int
  let simulated: Double
  /// What the nodes' cover stages say of their loops: sent, back, lost, alarms.
  let loops: (sent: Int, back: Int, lost: Int, alarms: Int)

  init(_ run: AnonymityRun) {
    settings = run.settings
    (hash, failures) = (run.world.trace.digest, run.failures)
    let tracker = run.observer.tracker
    entropies = tracker.entropy.sorted()
    minEntropies = tracker.largest.map { $0 > 0 ? -log2($0) : 0 }.sorted()
    let surprises = run.observer.surprises
    surprise = surprises.reduce(0, +) / Double(max(1, surprises.count))
    untold = run.observer.untold.map { observer in
      let bits = observer.bits
      let count = Double(max(1, bits.count))
      return (bits.reduce(0) { $0 + $1.entropy } / count, bits.reduce(0) { $0 + $1.surprise } / count)
    }
    coverMade = run.observer.made
    let remaining = run.observer.remaining
    sumError = (0..<settings.targets).reduce(0) { worst, target in
      max(worst, abs(tracker.received[target] + remaining[target] - 1))
    }
    latencies = run.latencies.sorted()
    (messages, delivered) = (run.messages, run.latencies.count)
    let observer = run.observer
    poolMean = Double(observer.poolSum) / Double(max(1, observer.left))
    // What goes between mixes for a message that has come, and no cover: one frame a hop.
    overhead = Double(observer.passed) / Double(max(1, observer.received * (settings.layers - 1))) - 1
    unwraps = run.nodes.reduce(0) { $0 + $1.tally.unwrapped }
    loops = Self.loops(of: run)
    simulated = Double((run.world.now - run.world.settings.start).ns) / 1e9
  }

  private static func loops(of run: AnonymityRun) -> (sent: Int, back: Int, lost: Int, alarms: Int) {
    var loops = (sent: 0, back: 0, lost: 0, alarms: 0)
    for stage in run.nodes.compactMap(\.status).flatMap(\.chains).flatMap(\.stages) where stage.stage == "cover_traffic"
    {
      for field in stage.fields {
        guard case .int(let count) = field.value else { continue }
        switch field.name {
        case "loops_sent": loops.sent += count
        case "loops_back": loops.back += count
        case "loops_lost": loops.lost += count
        case "alarms": loops.alarms += count
        default: break
        }
      }
    }
    return loops
  }

  var mean: Double { entropies.reduce(0, +) / Double(max(1, entropies.count)) }
  func quantile(_ list: [Double], _ q: Double) -> Double {
    list.isEmpty ? 0 : list[min(list.count - 1, Int(q * Double(list.count)))]
  }
  func latency(_ q: Double) -> Double {
    latencies.isEmpty ? 0 : Double(latencies[min(latencies.count - 1, Int(q * Double(latencies.count)))].ns) / 1e6
  }
  var isGood: Bool { failures.isEmpty && sumError < 1e-9 }
  var p5: Double { quantile(entropies, 0.05) }
  /// A few words.
  var shortText: String { "\(Decimals.text(mean, 2)) bits (closed form \(Decimals.text(settings.formulaBits, 2)))" }

  var json: JSON {
    .object([
      ("seed", .uint(settings.seed)), ("hash", .text(Hex.text(hash.array))),
      ("verdict", .text(isGood ? "ok" : "failed")),
      ("failures", .list(failures.map { .text($0) })), ("replay", .text("hearsay-sim " + settings.words)),
      ("crypto", .text(settings.crypto.rawValue)), ("rate", .double(settings.rate)), ("layers", .int(settings.layers)),
      ("width", .int(settings.width)), ("mean_delay_ms", .uint(settings.meanDelay.ms)),
      ("targets", .int(settings.targets)), ("cover_per_s", .int(settings.coverPerSecond)),
      ("corrupt_percent", .int(settings.corruptPercent)),
      (
        "entropy_bits",
        .object([
          ("mean", .double(mean)), ("median", .double(quantile(entropies, 0.5))),
          ("p5", .double(quantile(entropies, 0.05))), ("min", .double(entropies.first ?? 0)),
        ])
      ),
      ("formula_bits", .double(settings.formulaBits)), ("surprise_bits", .double(surprise)),
      (
        "untold",
        untold.map { .object([("entropy_bits", .double($0.entropy)), ("surprise_bits", .double($0.surprise))]) }
          ?? .null
      ),
      ("min_entropy_bits", .double(minEntropies.reduce(0, +) / Double(max(1, minEntropies.count)))),
      ("effective_set", .double(exp2(mean))), ("sum_error", .double(sumError)), ("pool_mean", .double(poolMean)),
      ("latency_ms", .object([("p50", .double(latency(0.5))), ("p99", .double(latency(0.99)))])),
      ("overhead", .double(overhead)), ("messages", .int(messages)), ("delivered", .int(delivered)),
      ("unwraps", .int(unwraps)), ("cover_made", .int(coverMade)),
      (
        "loops",
        .object([
          ("sent", .int(loops.sent)), ("back", .int(loops.back)), ("lost", .int(loops.lost)),
          ("alarms", .int(loops.alarms)),
        ])
      ), ("simulated_seconds", .double(simulated)),
    ])
  }
}
