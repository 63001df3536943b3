import MixNet
import Relay
import Sphinx
import Testing

@testable import MixHost

/// A node that is a mix and a plain relay at once serves both, and counts them apart.
@Suite struct TwoChainsTests {
  @Test(arguments: [1, 2, 4])
  func bothChainsAreServed(_ workers: Int) throws {
    let network = try MixNetwork(
      1, workers: workers,
      extra: """
        [chain.relay]
        listen = "127.0.0.1:0"
        decode = ["plain"]
        forward = ["circuit"]
        [circuit]
        type = "exit"
        [plain]
        frame_max = 4_096
        """)
    let node = try network[0]
    let client = try ClientWire(try node.address("clients"), clientKey(1))
    let wire = try Wire(try node.address("relay"))
    let factory = try PacketFactory(network)
    for number in 0..<50 as Range<UInt64> {
      let block = try factory.block(along: [0], to: client.key.address, identifier: Bytes16(words: [number, 3]))
      client.send(try factory.packet(request(sample(99, number), block.bytes, id: number), along: [0]))
      wire.send(raw(sample(200, number)))
      let message = try #require(client.message())
      #expect(message.identifier == Bytes16(words: [number, 3]))
      #expect(try answer(factory.open(message.payload, with: block)) == sample(99, number))
      try #require(wire.frame() == sample(200, number))
    }
    // The one chain is full, the other one is served: each has memory of its own.
    let source = try PeerWire(try node.address("mix"))
    let held = try (0..<1_400).map { _ in
      peer(.data, try factory.packet(request([1]), along: [0, 0], to: "sink", delay: .s(10)))
    }
    #expect(source.wire.send(held.flatMap { $0 }))
    try eventually("the mix is full") { try node.chain("mix").dropped(.poolFull, by: "link_in") > 0 }
    wire.send(raw(sample(200, 77)))
    #expect(wire.frame() == sample(200, 77))
    node.stop(atOnce: true)
    _ = try node.ended()
    let chains = try settled(node).chains
    #expect(chains.map(\.name) == ["mix", "relay"])
    #expect(chains[1][.received] == 51 && chains[1][.written] == 51 && chains[1].dropped.isEmpty)
    #expect(chains[0][.toClients] == 50)
  }

  /// One chain gives all that it gets to another one. At the stop the second goes on until the first has finished.
  @Test(arguments: [1, 2, 4])
  func oneChainHandsToTheOther(_ workers: Int) throws {
    let node = try TestNode(
      """
      [chain.first]
      listen = "127.0.0.1:0"
      decode = ["plain"]
      forward = ["hand_over"]
      [chain.second]
      from = ["first"]
      decode = ["plain"]
      forward = ["circuit"]
      [circuit]
      type = "exit"
      service = "sink"
      [plain]
      frame_max = 1_000
      [pipeline]
      workers = \(workers)
      pool_size = 1_024
      """, plugins: [.relay, HandOver.plugin])
    let wires = try (0..<4).map { _ in try Wire(try node.address("first")) }
    let threads = Threads()
    let frames = (0..<100).flatMap { raw(sample(300, $0)) }
    for wire in wires { try threads.add { while wire.send(frames, within: 1) {} } }
    try eventually("it flows") { try node.chain("second").served > 2_000 }
    node.stop()
    _ = try node.ended(within: 8)
    let chains = try settled(node).chains
    #expect(chains[0][.received] == chains[0][.handed] && chains[0][.handed] == chains[1][.received])
    #expect(chains[1][.received] == chains[1].served + chains[1].dropped(.poolFull, by: "link_in"))
    threads.join()
  }
}
