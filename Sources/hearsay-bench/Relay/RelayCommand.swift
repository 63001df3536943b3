import MixNet
import OrderedJSON

/// `hearsay-bench relay`, `plain`, `chain` and `held`: nodes in processes of their own under load.
enum RelayCommand {
  static let names = ["relay", "plain", "chain", "held"]

  static let help = """
    hearsay-bench relay [--rate N] [--seconds N] [--workers N] [--chain sphinx | plain] [--json] [--quick]
    hearsay-bench plain [--rate N] [--seconds N] [--workers N] [--json] [--quick]
    hearsay-bench chain [--rate N] [--seconds N] [--workers N] [--json] [--quick]
    hearsay-bench held [--json] [--quick]

    A node in a process of its own between a generator and a sink, over loopback, on the same cores: packets without a delay, all
    different, each compared with what must come out. Without a rate (packets a second; 0: as fast as they are taken) it goes
    up until the node no longer keeps up. `chain` sends through three nodes. `held` gives a node up to 10,000 packets with a delay.
    """

  static func run(_ name: String, _ words: BenchWords) throws(BenchError) -> Int32 {
    if name == "held" { return try HeldCommand.run(words) }
    let nodes = name == "chain" ? 3 : 1
    let chain = name == "plain" ? .plain : words.chain
    let ladder = try RateLadder(
      chain, nodes: nodes, workers: words.workers, rate: words.rate, seconds: words.isQuick ? 0 : words.seconds)
    let rungs = if let rate = words.rate { [try ladder.rung(rate)] } else { try ladder.climb() }
    guard let best = rungs.last(where: \.keepsUp) ?? rungs.first else { throw BenchError("nothing was run") }
    let durable = chain == .sphinx && nodes == 1 ? try ladder.rung(best.rate, isDurable: true) : nil
    if words.isJSON {
      Output.line(json(name, chain, nodes, words, best, rungs, durable).line)
    } else {
      Output.line("\(Machine().text), load average \(LoadAverage.now)")
      for rung in rungs { Output.line("\(rung.name.padded(to: 16))\(rung.result.text)") }
      if let durable { Output.line("tags on the disk, \(durable.name): \(durable.result.text)") }
    }
    return 0
  }

  private static func json(
    _ name: String, _ chain: BenchWords.Chain, _ nodes: Int, _ words: BenchWords, _ best: RateLadder.Rung,
    _ rungs: [RateLadder.Rung], _ durable: RateLadder.Rung?
  ) -> JSON {
    let head: [(String, JSON)] = [
      ("bench", .text(name)), ("chain", .text(chain.rawValue)), ("nodes", .int(nodes)),
      ("workers", .int(words.workers)), ("rate", .int(best.rate)),
    ]
    let ladder = rungs.map { rung in
      JSON.object([
        ("rate", .int(rung.rate)), ("packets_per_second", .double(rung.result.perSecond)),
        ("latency_p50_us", .double(rung.result.latency(0.5))), ("latency_p99_us", .double(rung.result.latency(0.99))),
        ("keeps_up", .bool(rung.keepsUp)),
      ])
    }
    return .object(
      head + best.result.fields + [
        ("ladder", .list(ladder)), ("durable", durable.map { .object($0.result.fields) } ?? .null),
        ("load_average", .text(LoadAverage.now)),
      ])
  }
}
