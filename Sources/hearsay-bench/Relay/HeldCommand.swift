import MixNet
import OrderedJSON

/// `hearsay-bench held`: the memory of a node that holds packets, for rising numbers of them.
enum HeldCommand {
  static func run(_ words: BenchWords) throws(BenchError) -> Int32 {
    let most = words.isQuick ? 500 : HeldRun.most
    var runs: [HeldRun.Found] = []
    // A quick one is not four times as long.
    for part in words.isQuick ? 4...4 : 1...4 { runs.append(try HeldRun(count: most * part / 4, most: most).run()) }
    guard words.isJSON else {
      Output.line("memory for \(most + most / 5) packets and 1,048,576 tags; all packets came out")
      Output.line("      held   MB resident   before")
      for run in runs {
        let line = [("\(run.held)", 10), (Output.rounded(run.megabytes), 14), (Output.rounded(run.emptyMegabytes), 9)]
        Output.line(line.map { String(repeating: " ", count: max(0, $0.1 - $0.0.count)) + $0.0 }.joined())
      }
      return 0
    }
    guard let last = runs.last else { return 1 }
    let points = runs.map { JSON.object([("held", .int($0.held)), ("resident_mb", .double($0.megabytes))]) }
    Output.line(
      JSON.object([
        ("bench", .text("held")), ("held", .int(last.held)), ("tags_max", .int(1_048_576)),
        ("resident_mb", .double(last.megabytes)), ("resident_mb_empty", .double(last.emptyMegabytes)),
        ("in", .int(last.result.sent)), ("out", .int(last.result.received)), ("points", .list(points)),
      ]).line)
    return 0
  }
}

/// A node to which packets are given that it must hold.
struct HeldRun {
  static let most = 10_000
  let count: Int
  /// Packets that the node has memory for, and a fifth more.
  var most = Self.most
  private static let delay = Nanos.s(4)

  struct Found {
    /// Packets that it held at once.
    let held: Int
    /// Its resident memory then, and before the first packet.
    let megabytes: Double
    let emptyMegabytes: Double
    let result: RelayResult
  }

  func run() throws(BenchError) -> Found {
    let route = MixRoute(hops: 2, delay: Self.delay)
    var run = RelayRun(work: try RelayWork(.sphinx, count: count, route: route), route: route)
    run.node.pool = most + most / 5
    (run.warm, run.count, run.rate) = (0, count, 20_000)
    run.quiet = Self.delay + .s(1)
    var full = NodeUsage()
    var empty = NodeUsage()
    let result = try run.run(began: { empty = $0 }, full: { full = $0 })
    if let fault = result.fault { throw BenchError(fault) }
    guard full.held > count * 9 / 10 else { throw BenchError("the node held \(full.held) packets only") }
    return Found(
      held: full.held, megabytes: Double(full.residentBytes) / 1e6,
      emptyMegabytes: Double(empty.residentBytes) / 1e6, result: result)
  }
}
