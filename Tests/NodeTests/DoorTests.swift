import MixNet
import Testing

@testable import MixHost

/// Who is let in. Limits by host and netgroup are tested in the state machine: this machine itself is not held to them.
@Suite struct DoorTests {
  private func refused(_ mix: TestNode, _ reason: String) throws -> Int {
    try mix.status().linksRefused.first { $0.reason == reason }?.count ?? 0
  }

  /// Whoever has been in the handshake for longest gives way to the one that comes; who is done with it stays.
  @Test("fault 6: more handshakes than may be under way")
  func handshakesAreBounded() throws {
    let mix = try MixNetwork(1, extra: "[links]\nhandshakes_max = 2")[0]
    let place = try mix.address("mix")
    let slow = try (0..<2).map { _ in try PeerWire(place, answer: { _ in nil }) }
    let third = try PeerWire(place)
    #expect(third.answersPings())
    #expect(slow[0].wire.end() != nil)
    #expect(try refused(mix, "handshakes_max") == 1)
    // One that is done makes room.
    let mine = try #require(slow[1].hello.flatMap(PeerWire.another))
    slow[1].wire.send(peer(.hello, mine.bytes))
    #expect(slow[1].answersPings())
    let more = try (0..<5).map { _ in try PeerWire(place, answer: { _ in nil }) }
    for number in 0..<3 { #expect(more[number].wire.end() != nil) }
    #expect(try refused(mix, "handshakes_max") == 4)
    // So does one that leaves.
    more[3].wire.close()
    try eventually("it has gone") { try mix.status().links.count == 3 }
    let last = try PeerWire(place, answer: { _ in nil })
    #expect(try refused(mix, "handshakes_max") == 4)
    #expect(third.answersPings() && slow[1].answersPings() && last.hello != nil && more[4].hello != nil)
  }

  /// Nobody new comes in, and who is there is served.
  @Test("fault 17: the memory for packets is nearly used up")
  func nobodyComesInWhileMemoryIsShort() throws {
    let network = try MixNetwork(
      1, pipeline: "pool_size = 128\nbatch_size = 16", extra: "[links]\nmemory_percent_max = 50")
    let mix = try network[0]
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    for _ in 0..<100 {
      source.send(try factory.packet(request([1]), along: [0, 0], to: "sink", delay: .s(600)))
    }
    try eventually("they are held") { try mix.chain().held == 100 }
    #expect(throws: Missing.self) { try PeerWire(try mix.address("mix")) }
    #expect(try refused(mix, "memory") == 1)
    #expect(source.answersPings())
    source.send(try factory.packet(request([1]), along: [0], to: "sink"))
    try eventually("it is served") { try mix.chain().served == 1 }
    mix.stop(atOnce: true)
  }

  /// A quarter of the pool is kept for peers; who only wants to attach needs no slot of it.
  @Test("fault 17: a client attaches while clients' packets have to wait")
  func aClientAttachesWhileOthersWait() throws {
    let network = try MixNetwork(1, pipeline: "pool_size = 128\nbatch_size = 16")
    let mix = try network[0]
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    for _ in 0..<122 {
      source.send(try factory.packet(request([1]), along: [0, 0], to: "sink", delay: .s(600)))
    }
    try eventually("they are held") { try mix.chain().held == 122 }
    let client = try ClientWire(try mix.address("clients"), clientKey(1))
    #expect(try mix.status().clients == 1)
    // What it sends right behind its answer is not lost: it waits.
    client.wire.send(
      raw([ClientProtocol.Kind.packet.rawValue] + (try factory.packet(request([1]), along: [0], to: "sink"))))
    try eventually("it waits") { try mix.chain()[.pauses] >= 1 }
    mix.stop(atOnce: true)
    client.wire.close()
  }

  @Test("fault 6: more connections a second than may come in")
  func connectionsComeInNoFasterThanTheyMay() throws {
    let mix = try MixNetwork(1, extra: "[links]\naccept_rate = 1\naccept_burst = 3")[0]
    let place = try mix.address("mix")
    var (came, turnedAway) = (0, 0)
    // On a machine that has others to serve, the first six may take longer than a second each.
    for number in 1...100 where number <= 6 || turnedAway == 0 {
      if let wire = try? PeerWire(place) {
        #expect(wire.answersPings())
        came += 1
      } else {
        turnedAway += 1
      }
    }
    #expect(came >= 3 && turnedAway >= 1)
    #expect(try refused(mix, "accept_rate") == turnedAway)
  }
}
