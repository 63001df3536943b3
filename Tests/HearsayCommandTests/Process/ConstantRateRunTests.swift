import Foundation
import OrderedJSON
import Testing

@testable import HearsayCommand

/// `cover_traffic` with links of a constant rate, as an operator has it.
@Suite struct ConstantRateRunTests {
  private func network(_ keys: String) throws -> RealNetwork {
    try RealNetwork(nodes: 3, [.sphinx, .coverTraffic]) { $0.extra = "[cover_traffic]\n\(keys)\n" }
  }

  private func cover(_ network: RealNetwork, _ node: Int, _ name: String) throws -> Int {
    try network.status(node)["chains"]?.list?.first?["stages"]?["cover_traffic"]?[name]?.int ?? 0
  }

  /// A message is answered, what carries it and the answer waits for ticks, and loops come home.
  @Test func realNodesTick() throws {
    let network = try network("start_ms = 0\nlink_interval_ms = 10\nloop_interval_ms = 200\nmean_delay_ms = 10")
    try network.startAll()
    let message = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let sent = try network.send(message, to: "echo", ["--reply", "--json"])
    #expect(sent.exitCode() == 0, "\(sent.errors)")
    for node in 0..<3 {
      #expect(try cover(network, node, "links") == 1)
      #expect(try cover(network, node, "link_real") > 0)
      try #require(eventually { (try? cover(network, node, "link_cover")) ?? 0 > 100 })
      try #require(eventually { (try? cover(network, node, "loops_back")) ?? 0 > 0 })
    }
  }

  /// A stop at once empties what waits for its time into a queue that has room for one: all of it leaves, and arrives.
  @Test func aStopAtOnceLosesNothing() throws {
    let network = try RealNetwork(nodes: 2, [.sphinx, .coverTraffic]) {
      $0.workers = nil
      $0.extra = """
        [pipeline]
        workers = 1
        drain = "now"
        [sphinx_delay]
        max_ms = 3_600_000
        [cover_traffic]
        start_ms = 0
        link_interval_ms = 60_000
        link_queue_max = 1
        loop_interval_ms = 0
        drop_interval_ms = 0

        """
    }
    // The other node says nothing by itself: what the first receives are the messages.
    let quiet = network.folder.text(network.file(1)).replacing(
      "link_interval_ms = 60_000", with: "link_interval_ms = 0")
    try network.folder.write(network.file(1), Array(quiet.utf8))
    try network.startAll()
    for number in 0..<12 {
      let sent = try network.send([UInt8(number)], to: "inbox", ["--delay-ms", "3600000"])
      try #require(sent.exitCode() == 0, "\(sent.errors)")
    }
    let counters = { try network.status(0)["chains"]?.list?.first?["counters"] }
    try #require(eventually { (try? counters())??["received"]?.int == 12 })
    network.nodes[0].signal(SIGINT)
    #expect(network.nodes[0].exitCode(within: 20) == 0)
    #expect(eventually(within: 20) { network.folder.names(in: "net/mix-2/state/inbox").count == 12 })
  }

  private func mistakes(_ network: RealNetwork) throws -> String {
    let check = try Program(["check", network.file(0)], in: network.folder)
    #expect(check.exitCode() != 0)
    return check.errors + check.output
  }

  /// `hearsay check` says what does not go together.
  @Test func checkFindsWhatCannotBe() throws {
    let late = try network("mean_delay_ms = 1000\nloop_timeout_ms = 9000")
    #expect(try mistakes(late).contains("'loop_timeout_ms' must be at least 9234, or more than one of a thousand"))
    let behind = try network("link_interval_ms = 20")
    #expect(try Program(["check", behind.file(0)], in: behind.folder).exitCode() == 0)
    let text = behind.folder.text(behind.file(0))
    func list(_ stages: String) throws {
      try behind.folder.write(
        behind.file(0), Array(text.replacing("mix = [\"cover_traffic\"]", with: "mix = [\(stages)]").utf8))
    }
    try list("\"pool\", \"cover_traffic\"")
    #expect(try Program(["check", behind.file(0)], in: behind.folder).exitCode() == 0)
    try list("\"cover_traffic\", \"pool\"")
    #expect(try mistakes(behind).contains("it must be the last one under 'mix', or its links have no constant rate"))
  }
}
