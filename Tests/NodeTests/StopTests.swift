import LinuxNet
import MixNet
import Testing

@testable import MixHost

/// The stop: what is held leaves in time, nothing is lost in the accounts, and it ends within its bound.
@Suite struct StopTests {
  private static let held = 100

  /// Two mixes, of which the first holds packets for the second; each worker has some of them.
  private struct Scene {
    let network: MixNetwork
    let mix: TestNode
    let start: Instant

    init(workers: Int, drain: String, delay: Nanos, nextRuns: Bool = true) throws {
      network = try MixNetwork(2, workers: workers, pipeline: "pool_size = 1_024\n\(drain)", starting: false)
      mix = try network.start(0)
      if nextRuns { try network.start(1) }
      let factory = try PacketFactory(network)
      let packets = try (0..<held).map {
        peer(.data, try factory.packet(request(sample(10, UInt64($0))), along: [0, 1], to: "sink", delay: delay))
      }
      let place = try mix.address("mix")
      let sources = try (0..<4).map { _ in try PeerWire(place) }
      for source in sources { #expect(source.answersPings()) }
      start = SystemClock().now
      for (number, source) in sources.enumerated() {
        source.wire.send(packets[number * held / 4..<(number + 1) * held / 4].flatMap { $0 })
      }
      // A link that is closed takes with it what the node has not read yet.
      for source in sources { #expect(source.answersPings()) }
    }

    /// Waits for all packets at the second node.
    func expectArrival() throws {
      let last = try network[1]
      try eventually("all have arrived") { try last.chain()[.received] == held }
      try network.settle()
    }
  }

  @Test("fault 13: what a mix holds leaves at its time", arguments: [1, 2, 4])
  func heldPacketsLeaveAtTheirTime(_ workers: Int) throws {
    let scene = try Scene(workers: workers, drain: "drain = \"deadline\"", delay: .ms(700))
    try eventually("they are held") { try scene.mix.chain().held == Self.held }
    let status = try scene.network.stop(0)
    #expect(SystemClock().now - scene.start >= .ms(700))
    #expect(status.chains[0][.written] == Self.held && status.chains[0].dropped.isEmpty && status.links.isEmpty)
    try scene.expectArrival()
  }

  /// At once, over a link that nobody has opened before.
  @Test(arguments: [1, 2, 4])
  func heldPacketsLeaveAtOnce(_ workers: Int) throws {
    let scene = try Scene(workers: workers, drain: "drain = \"now\"", delay: .s(10))
    try eventually("they are held") { try scene.mix.chain().held == Self.held }
    let status = try scene.network.stop(0, within: 4)
    #expect(status.chains[0][.written] == Self.held && status.chains[0].dropped.isEmpty)
    try scene.expectArrival()
  }

  /// Packets that the node holds for itself begin anew, are held once more, and are served.
  @Test(arguments: [1, 2])
  func heldPacketsOfTheNodeItself(_ workers: Int) throws {
    let network = try MixNetwork(1, workers: workers, pipeline: "pool_size = 1_024\ndrain = \"now\"")
    let mix = try network[0]
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    for _ in 0..<Self.held {
      source.send(try factory.packet(request([1]), along: [0, 0, 0], to: "sink", delay: .s(10)))
    }
    #expect(source.answersPings())
    try eventually("they are held") { try mix.chain().held == Self.held }
    let chain = try network.stop(0, within: 4).chains[0]
    #expect(chain.served == Self.held && chain[.handed] == 2 * Self.held && chain.dropped.isEmpty)
  }

  /// Packets that would leave after the bound leave before it.
  @Test("fault 13: a stop that takes too long ends")
  func boundIsKept() throws {
    let scene = try Scene(workers: 2, drain: "drain_max_ms = 400", delay: .s(10))
    try eventually("they are held") { try scene.mix.chain().held == Self.held }
    var written = 0
    let taken = try time { written = try scene.network.stop(0).chains[0][.written] }
    #expect(written == Self.held)
    #expect(taken >= .ms(300) && taken < .s(4))
    try scene.expectArrival()
  }

  @Test(arguments: [1, 2, 4])
  func secondStopEndsAtOnce(_ workers: Int) throws {
    let scene = try Scene(workers: workers, drain: "drain_max_ms = 60_000", delay: .s(10))
    try eventually("they are held") { try scene.mix.chain().held == Self.held }
    scene.mix.stop()
    try eventually("the stop has begun") { try scene.mix.status().isStopping }
    #expect(!scene.mix.hasEnded)
    scene.mix.stop(atOnce: true)
    _ = try scene.mix.ended(within: 4)
    let chain = try settled(scene.mix).chains[0]
    #expect(chain.dropped(.stopped) == Self.held && chain[.written] == 0)
  }

  /// Nobody takes what is let go: it waits for its link until the bound, and is counted.
  @Test("fault 13: the next node is down while a mix stops")
  func nextNodeIsDown() throws {
    let scene = try Scene(workers: 2, drain: "drain = \"now\"\ndrain_max_ms = 300", delay: .s(10), nextRuns: false)
    try eventually("they are held") { try scene.mix.chain().held == Self.held }
    let chain = try scene.network.stop(0, within: 4).chains[0]
    #expect(chain.dropped(.linkDown, by: "link_out") + chain.dropped(.stopped) == Self.held)
  }

  /// In the midst of traffic: whatever was read is answered or counted, and no slot is left out.
  @Test(
    "fault 13: a stop in the midst of traffic loses nothing without a count",
    arguments: [(1, false), (2, false), (4, false), (1, true), (2, true), (4, true)])
  func stopInTheMidstOfTraffic(_ workers: Int, _ atOnce: Bool) throws {
    let exit = try Relays.exit(workers: workers, pool: 256)
    let wires = try (0..<8).map { _ in try Wire(try exit.address("relay")) }
    let frames = (0..<100).flatMap { raw(sample(500, $0)) }
    let threads = Threads()
    for wire in wires {
      try threads.add { while wire.send(frames, within: 1) {} }
      try threads.add { while wire.receive(504, within: 1) != nil {} }
    }
    try eventually("it flows") { try exit.chain()[.written] > 2_000 }
    exit.stop(atOnce: atOnce)
    _ = try exit.ended(within: 8)
    let chain = try settled(exit).chains[0]
    #expect(chain[.received] == chain[.written] + chain.lost)
    if !atOnce { #expect(chain.dropped(.linkDown) == 0) }
    threads.join()
  }
}
