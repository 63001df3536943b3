import MixNet
import OrderedJSON
import Sphinx

/// What the project wants of itself as a mix, beside what this machine gives.
struct FigureTable {
  struct Row {
    let name: String
    let unit: String
    /// What must be reached, and what is aimed at.
    let must: Double
    let aim: Double
    let measured: Double
    /// Whether more is better.
    var isRate = false
    /// Whether the program ends badly when it is missed: so for what does not move with the machine.
    var isJudged = false

    var isMet: Bool { isRate ? measured >= must : measured <= must }
    var isAim: Bool { isRate ? measured >= aim : measured <= aim }
    var title: String { String(name.drop { $0 == " " }) }
    var verdict: String { isAim ? "aim" : isMet ? "must" : "missed" }
  }

  private(set) var rows: [Row] = []
  /// How steady the machine was at the end.
  private(set) var gaps: ProcessorGaps?
  private let isQuick: Bool
  private let say: (String) -> Void

  /// - Parameters:
  ///   - isQuick: as little as shows that it works; its figures say nothing.
  ///   - say: told what is measured now.
  init(isQuick: Bool, say: @escaping (String) -> Void) {
    self.isQuick = isQuick
    self.say = say
  }

  mutating func measure() throws(BenchError) {
    try measureCrypto()
    try measureNode()
    try measureLadder()
    say("packets held")
    let count = isQuick ? 500 : HeldRun.most
    let held = try HeldRun(count: count, most: count).run()
    rows.append(Row(name: "resident, 10,000 packets held", unit: "MB", must: 100, aim: 70, measured: held.megabytes))
    say("the machine")
    gaps = try ProcessorGaps.measure(isQuick ? .ms(20) : .s(3))
  }

  private mutating func measureCrypto() throws(BenchError) {
    say("packets unwrapped and made")
    let unwrap = try SphinxFigures.unwrap(isQuick ? .ms(5) : .s(2))
    let create = try SphinxFigures.create(isQuick ? .ms(5) : .s(2))
    if let us = unwrap.cpu(of: "crypto_mb"), let ratio = unwrap.ratio {
      rows.append(Row(name: "unwrap, crypto_mb, full lanes", unit: "us", must: 32, aim: 26, measured: us))
      rows.append(
        Row(
          name: "  to one X25519 of libsodium", unit: "", must: 0.75, aim: 0.75, measured: ratio, isJudged: true))
    }
    if let us = unwrap.cpu(of: "libsodium") {
      rows.append(Row(name: "unwrap, libsodium", unit: "us", must: 105, aim: 98, measured: us))
    }
    if let us = create.cpu(of: "crypto_mb") {
      rows.append(Row(name: "create, 3 hops, crypto_mb", unit: "us", must: 75, aim: 55, measured: us))
    }
    say("two heads against one")
    let speedup = try HeadsRun(packets: isQuick ? 512 : 24_000).speedup()
    rows.append(
      Row(
        name: "two heads against one", unit: "x", must: 1.8, aim: 1.95, measured: speedup, isRate: true,
        isJudged: true))
    one = unwrap.x25519(of: "libsodium")
  }

  /// Microseconds of one X25519 of libsodium.
  private var one: Double?

  private mutating func measureNode() throws(BenchError) {
    for (chain, must, aim) in [(BenchWords.Chain.sphinx, 38.0, 30.0), (.plain, 3, 2)] {
      say("a whole node, \(chain.rawValue)")
      let rung = try RateLadder(chain, workers: 1, rate: 0, seconds: isQuick ? 0 : chain == .plain ? 1 : 2).rung(0)
      rows.append(
        Row(
          name: "whole node, \(chain.rawValue)", unit: "us", must: must, aim: aim,
          measured: rung.result.cpuMicroseconds))
      if chain == .sphinx, let one, X25519Choice.quickest.name == "crypto_mb" {
        rows.append(
          Row(
            name: "  to one X25519 of libsodium", unit: "", must: 0.9, aim: 0.9,
            measured: rung.result.cpuMicroseconds / one, isJudged: true))
      }
      if let allocations = rung.result.allocations {
        rows.append(
          Row(name: "  allocations a packet", unit: "", must: 0.001, aim: 0, measured: allocations, isJudged: true))
      }
    }
  }

  private mutating func measureLadder() throws(BenchError) {
    let seconds = isQuick ? 0 : 3
    for workers in [2, 1] {
      say("a node at rising rates, \(workers == 1 ? "one worker" : "two workers")")
      let best = try RateLadder(.sphinx, workers: workers, seconds: seconds).climb().last(where: \.keepsUp)?.result
      rows.append(
        Row(
          name: "relayed, load beside it, workers: \(workers)", unit: "/s", must: 40_000, aim: 55_000,
          measured: best?.perSecond ?? 0, isRate: true))
    }
    guard !isQuick else { return }
    let runs = try middleRate()
    let middle = runs[runs.count / 2]
    rows.append(
      Row(name: "latency at 20,000/s, p50", unit: "ms", must: 0.5, aim: 0.2, measured: middle.latency(0.5) / 1e3))
    rows.append(
      Row(name: "latency at 20,000/s, p99", unit: "ms", must: 1, aim: 0.6, measured: middle.latency(0.99) / 1e3))
    let (dropped, sent) = runs.reduce((0, 0)) { ($0.0 + $1.droppedInAll, $0.1 + $1.sent) }
    let share = 100 * Double(dropped) / Double(max(1, sent))
    rows.append(Row(name: "dropped at 20,000/s", unit: "%", must: 0.1, aim: 0, measured: share, isJudged: true))
    rows.append(
      Row(
        name: "pool hits at 20,000/s", unit: "%", must: 85, aim: 100, measured: 100 * middle.poolHitRate, isRate: true,
        isJudged: true))
  }

  /// One worker at 20,000 packets a second, five times, by their 99th percentiles; those in which it had less do not count: some milliseconds that the machine takes away
  /// decide these.
  private func middleRate() throws(BenchError) -> [RelayResult] {
    say("a node at 20,000 packets a second")
    let ladder = try RateLadder(.sphinx, workers: 1, rate: 20_000, seconds: 3)
    var runs: [RelayResult] = []
    for _ in 0..<5 {
      let rung = try ladder.rung(20_000)
      if rung.keepsUp { runs.append(rung.result) }
    }
    guard !runs.isEmpty else { throw BenchError("of five runs none had 20,000 packets a second") }
    return runs.sorted { $0.latency(0.99) < $1.latency(0.99) }
  }

  var json: JSON {
    .object([
      ("bench", .text("table")),
      (
        "rows",
        .list(
          rows.map { row in
            .object([
              ("name", .text(row.title)), ("unit", .text(row.unit)),
              ("must", .double(row.must)), ("aim", .double(row.aim)), ("measured", .double(row.measured)),
              ("reached", .text(row.verdict)),
            ])
          })
      ), ("load_average", .text(LoadAverage.now)),
      ("taken_away_percent", gaps.map { .double($0.lostPercent) } ?? .null),
      ("longest_gap_ms", gaps.map { .double(Double($0.longest.ns) / 1e6) } ?? .null),
    ])
  }

  var lines: [String] {
    let head = "\("".padded(to: 36))\("must".padded(to: 10))\("aim".padded(to: 10))\("measured".padded(to: 12))reached"
    return [head]
      + rows.map { row in
        func figure(_ value: Double) -> String { Output.rounded(value) + (row.unit.isEmpty ? "" : " \(row.unit)") }
        return row.name.padded(to: 36) + figure(row.must).padded(to: 10) + figure(row.aim).padded(to: 10)
          + figure(row.measured).padded(to: 12) + row.verdict
      }
      + (gaps.map { gaps in
        [
          "",
          "from threads that keep all processors busy the machine takes away \(Output.rounded(gaps.lostPercent)) % of the time,",
          "at most \(Output.rounded(Double(gaps.longest.ns) / 1e6)) ms at once",
        ]
      } ?? [])
  }
}
