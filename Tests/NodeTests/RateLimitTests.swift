import MixNet
import Testing

@testable import MixHost

/// `rate_limit` in a whole node, whose links are spread over its workers.
@Suite struct RateLimitTests {
  private func node(_ limit: String, workers: Int) throws -> TestNode {
    try TestNode(
      """
      [pipeline]
      workers = \(workers)
      [chain.relay]
      listen = "127.0.0.1:0"
      decode = ["plain"]
      verify = ["rate_limit"]
      forward = ["circuit"]
      [circuit]
      type = "exit"
      [rate_limit]
      burst_ms = 60_000
      \(limit)
      """)
  }

  /// Sends requests on four links; how many got through, once each has got through or been dropped.
  private func passing(_ node: TestNode, _ count: Int, wires: [Wire]) throws -> Int {
    for wire in wires { wire.send((0..<count).flatMap { raw(sample(100, UInt64($0))) }) }
    let all = wires.count * count
    try eventually("all have come") { try node.chain()[.received] == all }
    let chain = try settled(node).chains[0]
    let dropped = chain.dropped(.rateLimited, by: "rate_limit")
    #expect(chain[.written] + dropped == all)
    return all - dropped
  }

  /// A packet a second, and what a minute brings at once: while the test runs, hardly more come back.
  @Test(arguments: [1, 2])
  func oneLinkHasItsRate(_ workers: Int) throws {
    let node = try node("link_packets_per_s = 1", workers: workers)
    let wires = try (0..<4).map { _ in try Wire(try node.address("relay")) }
    let passed = try passing(node, 300, wires: wires)
    #expect((240...800).contains(passed), "\(passed)")
  }

  @Test(arguments: [1, 2])
  func allLinksShareOneRate(_ workers: Int) throws {
    let node = try node("link_packets_per_s = 0\nall_packets_per_s = 1", workers: workers)
    let wires = try (0..<4).map { _ in try Wire(try node.address("relay")) }
    let passed = try passing(node, 300, wires: wires)
    #expect((60...240).contains(passed), "\(passed)")
  }
}
