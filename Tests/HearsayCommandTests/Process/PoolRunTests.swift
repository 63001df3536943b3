import Glibc
import MixNet
import OrderedJSON
import Testing

@testable import HearsayCommand

/// `hearsay run` with each strategy of the pool, by configuration alone: the program is the same.
@Suite struct PoolRunTests {
  @Test(arguments: [
    "strategy = \"timed\"\ninterval_ms = 20", "strategy = \"threshold\"\nthreshold = 8",
    "strategy = \"threshold_or_timed\"\nthreshold = 8\ninterval_ms = 20",
    "strategy = \"timed_pool\"\ninterval_ms = 20\nkeep = 5",
    "strategy = \"binomial\"\ninterval_ms = 20\nmean = 10\ndeviation = 5",
    "strategy = \"binomial\"\ninterval_ms = 20\ncurve = \"cottrell\"\nkeep = 5\nleave_percent = 65",
    "strategy = \"adaptive\"\nmin_batch = 5\nmax_batch = 20",
  ])
  func everyStrategyCarriesPackets(_ strategy: String) throws {
    let network = try RealNetwork(nodes: 2) { $0.extra = "[pool]\nmax_latency_ms = 100\n\(strategy)\n" }
    for number in 0..<2 {
      let text = network.folder.text(network.file(number))
      let mixing = text.replacing(
        "forward = [", with: "verify = [\"rate_limit\", \"replay\"]\nmix = [\"pool\"]\nforward = ["
      )
      .replacing("verify = [\"replay\"]\n", with: "")
      try network.folder.write(network.file(number), Array(mixing.utf8))
    }
    try network.startAll()
    let message = (0..<60_000).map { _ in UInt8.random(in: 0...255) }
    let sent = try network.send(message, to: "echo", ["--reply", "--json"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
    #expect(sent.answer?["answer"]?.text == Hex.text(message))
    for number in 0..<2 {
      let pool = try #require(try network.status(number)["chains"]?.list?.first?["stages"]?["pool"])
      let left = ["in_batches", "at_limit", "crowded_out"].compactMap { pool[$0]?.int }.reduce(0, +)
      // Some thirty packets each way.
      #expect(left >= 60, "\(pool)")
    }
    for node in network.nodes {
      node.signal(SIGTERM)
      #expect(node.exitCode() == 0)
    }
  }
}
