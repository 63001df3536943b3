import MixHostTesting
import MixNet
import Sphinx
import Testing

@testable import MixHost

/// A node that runs takes nothing from the heap for a packet: neither on the packet's way nor for the turns that it causes.
@Suite(.serialized) struct AllocationTests {
  /// So many allocations are for what is asked of the node by the test itself, and for tables that grow for the last time.
  private static let allowance = 40

  /// Allocations of all workers while `body` runs.
  private func allocations(of node: TestNode, _ body: () throws -> Void) throws -> Int {
    let before = try node.ofWorkers { _ in AllocationCounter() }
    try body()
    let counts = try node.ofWorkers { worker in before[worker.number].count }
    return counts.reduce(0, +)
  }

  /// `round` handles so many packets. A hundred times as many must cost no more.
  private func expectNoGrowth(_ nodes: [TestNode], _ round: (Int) throws -> Void) throws {
    try round(4_000)
    for node in nodes {
      let few = try allocations(of: node) { try round(40) }
      let many = try allocations(of: node) { try round(4_000) }
      #expect(many <= few + Self.allowance, "\(many) allocations for 4,000 packets, \(few) for 40")
    }
  }

  /// Frame by frame, each in a turn of its own, and many at once.
  @Test(.enabled(if: AllocationCounter.works), arguments: [1, 2], [1, 40])
  func plainRelay(_ workers: Int, _ atOnce: Int) throws {
    let exit = try Relays.exit(workers: workers)
    let entry = try Relays.entry(to: try exit.address("relay"), workers: workers)
    let wires = try (0..<4).map { _ in try Wire(try entry.address("relay")) }
    let frame = raw(sample(300, 1))
    let frames = Array(repeatElement(frame, count: atOnce).joined())
    try expectNoGrowth([entry, exit]) { count in
      for round in 0..<count / atOnce {
        let wire = wires[round % wires.count]
        wire.send(frames)
        try #require(wire.receive(frames.count)?.count == frames.count)
      }
    }
    for node in [entry, exit] { try settled(node) }
  }

  /// Packets that pass a mix, with and without a delay, and those that come to a client.
  @Test(.enabled(if: AllocationCounter.works), arguments: [1, 2])
  func mix(_ workers: Int) throws {
    let network = try MixNetwork(2, workers: workers)
    let (mix, last) = (try network[0], try network[1])
    let source = try PeerWire(try mix.address("mix"))
    let client = try ClientWire(try last.address("clients"), clientKey(1))
    let factory = try PacketFactory(network)
    var number: UInt64 = 0
    func round(_ packets: [[UInt8]]) throws {
      for batch in 0..<packets.count / 20 {
        source.wire.send(packets[batch * 20..<batch * 20 + 20].flatMap { peer(.data, $0) })
        for _ in 0..<20 { _ = try #require(client.message()) }
      }
    }
    // They are made before, so that the nodes' turns follow each other.
    func make(_ count: Int) throws -> [[UInt8]] {
      try (0..<count).map { _ in
        number += 1
        let delay = number % 2 == 0 ? Nanos.zero : .us(500)
        return try factory.packet(
          sample(9, number), along: [0, 1], to: client.key.address, identifier: Bytes16(words: [number, 0]),
          delay: delay)
      }
    }
    try round(make(2_000))
    for node in [mix, last] {
      let (few, many) = (try make(20), try make(2_000))
      let some = try allocations(of: node) { try round(few) }
      let all = try allocations(of: node) { try round(many) }
      #expect(all <= some + Self.allowance, "\(all) allocations for 2,000 packets, \(some) for 20")
    }
    try network.settle()
  }
}
