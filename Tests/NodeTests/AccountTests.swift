import MixNet
import Sphinx
import Testing

@testable import MixHost

/// Every packet is somewhere, once: whatever comes in is written, delivered, kept, handed, served or dropped for a reason.
@Suite struct AccountTests {
  /// What a mix may get, good and bad.
  private enum Kind: CaseIterable {
    case echo, sink, client, nobody, noise, twice, damaged, badPayload, unknownHop
  }

  @Test(arguments: [1, 2, 4])
  func mixesOfAllSorts(_ workers: Int) throws {
    let network = try MixNetwork(3, workers: workers)
    let first = try network[0]
    let clients = try (1...4).map { try ClientWire(try first.address("clients"), clientKey($0)) }
    let peers = try (0..<4).map { _ in try PeerWire(try first.address("mix")) }
    let makers = try Makers(network)
    var sent: [Kind: Int] = [:]
    for number in 0..<360 {
      let kind = Kind.allCases[number % Kind.allCases.count]
      let client = clients[number % 4]
      for packet in try makers.packets(kind, UInt64(number), for: client.key.address) {
        if number % 2 == 0 { client.send(packet) } else { peers[number / 2 % 4].send(packet) }
        sent[kind, default: 0] += 1
      }
    }
    let all = sent.values.reduce(0, +)
    try eventually("all have come") { try first.chain()[.received] >= all }
    let each = 360 / Kind.allCases.count
    try eventually("the good ones have arrived") {
      try first.chain()[.toClients] == 2 * each && network[2].chain().served == 3 * each
    }
    for client in clients {
      // Ten for the client itself, ten answers.
      for _ in 0..<20 { _ = try #require(client.message()) }
    }
    for peer in peers { #expect(peer.answersPings()) }
    try network.settle()
    let chains = try network.nodes.compactMap { try $0?.chain() }
    // Answers come back by a route that begins and ends at the first node.
    #expect(chains[0][.received] == all + 2 * each)
    #expect(chains[0].dropped(.replayed, by: "replay") == each)
    #expect(chains[0].dropped(.unknownHop, by: "next_hop") == each)
    #expect(chains[0].dropped(.badMAC) + chains[0].dropped(.badKey) == 2 * each)
    #expect(chains[2].dropped(.badPayload, by: "next_hop") == each)
    #expect(chains[0].dropped(.unknownDestination, by: "mailbox") == each)
    // What one node has written, another one has read.
    let written = all + chains.reduce(0) { $0 + $1[.written] }
    #expect(written == chains.reduce(0) { $0 + $1[.received] } + chains[0][.toClients])
    for number in 0..<3 { #expect(try network.stop(number).links.isEmpty) }
  }

  /// Makes packets of each kind.
  private struct Makers {
    let factory: PacketFactory

    init(_ network: MixNetwork) throws { factory = try PacketFactory(network) }

    func packets(_ kind: Kind, _ number: UInt64, for client: Bytes32) throws -> [[UInt8]] {
      let data = sample(64, number)
      let id = Bytes16(words: [number, 5])
      let delay = Nanos.ms(number % 7)
      switch kind {
      case .echo:
        let block = try factory.block(along: [0, 1, 0], to: client, identifier: id, delay: delay)
        return [try factory.packet(request(data, block.bytes, id: number), along: [0, 1, 2], delay: delay)]
      case .sink: return [try factory.packet(request(data, id: number), along: [0, 1, 2], to: "sink", delay: delay)]
      case .client: return [try factory.packet(data, along: [0], to: client, identifier: id)]
      case .nobody: return [try factory.packet(data, along: [0], to: Bytes32(sample(32, number)), identifier: id)]
      case .noise: return [sample(SphinxSize.regular.packet, number)]
      case .twice:
        let packet = try factory.packet(request(data, id: number), along: [0, 2], to: "sink", delay: delay)
        return [packet, packet]
      case .damaged:
        var packet = try factory.packet(request(data, id: number), along: [0, 1, 2], to: "sink")
        packet[40] ^= 1
        return [packet]
      case .badPayload: return [try factory.packet(data, along: [0, 1, 2], to: "sink", delay: delay)]
      case .unknownHop:
        var hops = try factory.hops([0, 1])
        hops[1] = SphinxHop(key: hops[1].key, address: Bytes32(sample(32, number)), delay: .zero)
        return [try factory.packet(data, along: hops, to: client)]
      }
    }
  }

  @Test(arguments: [1, 2, 4])
  func relaysOfAllSorts(_ workers: Int) throws {
    let exit = try Relays.exit(service: "sink", workers: workers)
    let middle = try Relays.entry(to: try exit.address("relay"), workers: workers, type: "middle")
    let entry = try Relays.entry(to: try middle.address("relay"), workers: workers)
    let callers = try (0..<8).map { _ in try Wire(try entry.address("relay")) }
    let strangers = try (0..<4).map { _ in try Wire(try middle.address("relay")) }
    for number in 0..<400 {
      callers[number % 8].send(raw(sample(1 + number * 9, UInt64(number))))
      // Every third of the strangers' is too short for a circuit's id.
      strangers[number % 4].send(raw(sample(number % 3 == 0 ? 5 : 200, UInt64(number))))
    }
    // Answers that nobody asked for, from one that the entry did not connect to.
    let nobody = try Wire(try exit.address("relay"))
    for _ in 0..<10 { nobody.send(raw([1, 2, 3])) }
    // Frames that would be too long with a circuit's id before them: sent on, they would end the link for all callers.
    let long = (0..<10).map { _ in raw(sample(4_090, 1)) }
    callers[0].send(long.flatMap { $0 })
    try eventually("all have come") {
      try entry.chain()[.received] == 410 && middle.chain()[.received] == 800 && exit.chain()[.received] == 676
    }
    let chains = try [entry, middle, exit].map { try settled($0).chains[0] }
    #expect(chains[0].dropped(.wrongSize, by: "circuit") == 10 && chains[0].lost == 10)
    #expect(chains[1].dropped(.malformed, by: "circuit") == 134 && chains[1].lost == 134)
    #expect(chains[2].dropped(.malformed, by: "circuit") == 10 && chains[2].served == 666)
    for node in [entry, middle] {
      #expect(try node.status().links.allSatisfy { !$0.isDialled || ($0.state == "up" && $0.connects == 1) })
    }
    for wire in callers + strangers {
      wire.finish()
      #expect(wire.end() == .finished)
    }
  }
}
