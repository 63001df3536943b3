import MixNet
import Testing

@testable import MixHost

/// More than a node can keep: peers are shed and never made to wait, clients wait and are never shed.
@Suite struct LoadTests {
  /// Packets that each hold a slot of the first mix for so long.
  private func packets(_ count: Int, _ factory: PacketFactory, delay: Nanos = .ms(300)) throws -> [[UInt8]] {
    try (0..<count).map {
      try factory.packet(request(sample(9, UInt64($0))), along: [0, 1], to: "sink", delay: delay)
    }
  }

  /// Two mixes. The first has room for 128 packets a head, and delays what it has for the second, which has room for all.
  private func network(workers: Int = 1) throws -> MixNetwork {
    let network = try MixNetwork(2, workers: workers, pipeline: "pool_size = 4096", starting: false)
    try network.start(1)
    network.pipeline = "pool_size = \(128 * workers)\nbatch_size = 16"
    try network.start(0)
    return network
  }

  private func expectServed(_ count: Int, in network: MixNetwork) throws {
    let last = try network[1]
    try eventually("they are served") { try last.chain().served == count }
    try network.settle()
  }

  @Test("fault 17: more packets than the pool holds")
  func fullPoolShedsWhatPeersSend() throws {
    let network = try network()
    let mix = try network[0]
    let source = try PeerWire(try mix.address("mix"))
    let all = try packets(500, PacketFactory(network), delay: .s(1))
    #expect(source.wire.send(all.flatMap { peer(.data, $0) }))
    // It is read all the time.
    #expect(source.answersPings())
    let chain = try settled(mix).chains[0]
    let shed = chain.dropped(.poolFull, by: "link_in")
    #expect(chain[.received] == 500 && chain[.written] == 500 - shed)
    #expect(shed >= 300 && shed < 400 && chain[.pauses] == 0)
    // What was shed was shed whole: the next packets are read as ever.
    source.send(try PacketFactory(network, seed: 2).packet(request([1]), along: [0], to: "sink"))
    try eventually("the next is served") { try mix.chain().served == 1 }
    try expectServed(500 - shed, in: network)
  }

  @Test(arguments: [1, 2])
  func clientsWaitAndLoseNothing(_ workers: Int) throws {
    let network = try network(workers: workers)
    let mix = try network[0]
    let clients = try (1...4).map { try ClientWire(try mix.address("clients"), clientKey($0)) }
    let all = try packets(600, PacketFactory(network))
    let threads = Threads()
    for (number, client) in clients.enumerated() {
      let mine = stride(from: number, to: all.count, by: clients.count).map { all[$0] }
      try threads.add { for packet in mine { client.send(packet) } }
    }
    threads.join()
    try expectServed(600, in: network)
    let chain = try settled(mix).chains[0]
    #expect(chain[.pauses] > 0 && chain.dropped.isEmpty)
  }

  /// Clients never use up what peers need: while they wait, a peer's packets are taken.
  @Test func waitingClientsLeaveRoomForPeers() throws {
    let network = try network()
    let mix = try network[0]
    let client = try ClientWire(try mix.address("clients"), clientKey(1))
    let peer = try PeerWire(try mix.address("mix"))
    let all = try packets(400, PacketFactory(network))
    let threads = Threads()
    try threads.add { for packet in all { client.send(packet) } }
    try eventually("the client waits") { try mix.chain()[.pauses] > 0 }
    let others = try PacketFactory(network, seed: 2)
    for _ in 0..<20 { peer.send(try others.packet(request([1]), along: [0], to: "sink")) }
    #expect(peer.answersPings())
    threads.join()
    try expectServed(400, in: network)
    let chain = try settled(mix).chains[0]
    #expect(chain.served == 20 && chain.dropped.isEmpty)
  }

  /// Fifty callers of a plain relay of three nodes: each gets its own answers in its own order, and nobody else's.
  @Test func fiftyCallersGetTheirOwnAnswers() throws {
    // Each node has room for all questions and answers at once, and nothing is too old for its link: else it would hang on
    // how the machine deals its time whether one is shed.
    let (pool, patience) = (4_096, "[links]\nlink_age_max_ms = 60000")
    let exit = try Relays.exit(workers: 2, pool: pool, more: patience)
    let middle = try Relays.entry(
      to: try exit.address("relay"), workers: 2, pool: pool, type: "middle", more: patience)
    let entry = try Relays.entry(to: try middle.address("relay"), workers: 2, pool: pool, more: patience)
    let wires = try (0..<50).map { _ in try Wire(try entry.address("relay")) }
    func body(_ caller: Int, _ number: Int) -> [UInt8] {
      sample(1 + (caller * 31 + number * 7) % 900, UInt64(caller * 1_000 + number))
    }
    for number in 0..<20 {
      for (caller, wire) in wires.enumerated() { wire.send(raw(body(caller, number))) }
    }
    for (caller, wire) in wires.enumerated() {
      for number in 0..<20 {
        try #require(wire.frame(within: 120) == body(caller, number), "caller \(caller), answer \(number)")
      }
    }
    for node in [entry, middle, exit] { #expect(try settled(node).chains[0].dropped.isEmpty) }
    // Nothing more comes, and a caller's circuits end with it.
    for wire in wires {
      wire.finish()
      #expect(wire.end() == .finished)
    }
    try eventually("no circuit is left") {
      try entry.chain().stages.flatMap(\.fields).contains { $0.name == "circuits" && "\($0.value)" == "int(0)" }
    }
  }
}
