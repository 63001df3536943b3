import MixNet
import Testing

@testable import MixHost
@testable import SimNet

/// Links that are slow, or held back by this node itself, are not dead ones.
@Suite struct SlowLinkFaultTests {
  /// Two nodes of which the first sends to the second, over a path of so many bytes a second.
  private func couple(_ seed: UInt64, _ extra: String = "", bandwidth: UInt64) throws -> Town {
    let town = Town(seed, 2, extra: extra, pool: 2_048) { $0.link.bandwidth = bandwidth }
    try town.startAll()
    town.world.run(for: .s(1))
    #expect(town.reaches(0, 1))
    return town
  }

  /// A ping lies behind seconds of packets, and the other side has nothing to say by itself.
  @Test("fault 7: a path that is slower than what is to be sent one way")
  func aSlowPathIsNoDeadOne() throws {
    let town = try couple(71, bandwidth: 30_000)
    var sent: UInt32 = 0
    for _ in 0..<100 {
      for _ in 0..<5 {
        town.send(sent, from: 0, to: 1, size: 4_000)
        sent += 1
      }
      town.world.run(for: .ms(250))
    }
    let link = try #require(try town.status(0).links.first { $0.state == "up" })
    #expect(link.connects == 1)
    let came = town.letters(at: 1).filter { $0 < sent }
    #expect(came.count > 130, "\(came.count) of \(sent) in 25 s")
    #expect(came == came.sorted())
    // And a host that is gone is found by the same question.
    town.hosts[1].crash(.power)
    town.world.run(for: .s(5))
    #expect(try town.status(0).links.allSatisfy { $0.state != "up" })
  }

  @Test("fault 13: what is queued when a node ends takes seconds to send")
  func aSlowEnd() throws {
    let town = try couple(72, bandwidth: 100_000)
    for letter in 0..<100 as Range<UInt32> { town.send(letter, from: 0, to: 1, size: 3_500) }
    town.world.run(for: .ms(200))
    town.stop(0)
    town.world.run(for: .s(6))
    #expect(town.letters(at: 1).filter { $0 < 1_000 } == Array(0..<100))
  }

  @Test("fault 8: links that share a rate get about the same")
  func allGetTheirShare() throws {
    let town = Town(73, 5, extra: "[links]\nwrite_all_bytes_per_s = 40_000\nlink_age_max_ms = 600_000", pool: 2_048)
    try town.startAll()
    town.world.run(for: .s(1))
    for letter in 0..<200 as Range<UInt32> {
      for other in 1..<5 { town.send(letter, from: 0, to: other, size: 1_000) }
    }
    town.world.run(for: .s(10))
    let came = (1..<5).map { town.posts[$0].count }
    #expect(came.reduce(0, +) > 350 && came.reduce(0, +) < 450, "\(came)")
    #expect(came.allSatisfy { (70...150).contains($0) }, "\(came)")
    #expect(try town.status(0).links.allSatisfy { $0.connects == 1 })
  }

  /// Four failures, a link that lives, and one failure more are not five in a row.
  @Test("fault 11: failures of long ago do not count")
  func oldFailuresAreForgotten() throws {
    let town = Town(74, 2)
    try town.start(0)
    let network = town.hosts[1].makeNetwork()
    let door = try network.listen(town.hosts[1].address(port: Town.port), backlog: 8)
    func accepted(within span: Nanos) -> DetachedConnection? {
      var found: DetachedConnection?
      _ = town.world.run(for: span) {
        if case .accepted(let connection) = network.accept(door) { found = connection }
        return found != nil
      }
      return found
    }
    func fail() throws { network.close(network.adopt(try #require(accepted(within: .s(10)))), abort: true) }
    town.send(1, from: 0, to: 1)
    for _ in 0..<4 { try fail() }
    let peer = Stranger(town.hosts[1], network, accepted: try #require(accepted(within: .s(10))))
    try #require(peer.greet(as: town.addresses[1]))
    for _ in 0..<60 {
      peer.say(.pong, [])
      town.world.run(for: .ms(200))
    }
    #expect(try town.status(0).links.contains { $0.state == "up" })
    peer.hangUp(abort: true)
    try fail()
    #expect(accepted(within: .s(10)) != nil, "the peer is left alone")
  }

  /// The other side takes nothing and goes on speaking: the node flushes as long as it may, and sleeps meanwhile.
  @Test("fault 8: a link that is closed while its peer reads nothing and goes on speaking")
  func aCloseThatWaits() throws {
    let town = Town(75, 2, extra: "[links]\nflush_max_ms = 5_000")
    try town.start(0)
    let network = town.hosts[1].makeNetwork()
    let door = try network.listen(town.hosts[1].address(port: Town.port), backlog: 8)
    for letter in 0..<400 as Range<UInt32> { town.send(letter, from: 0, to: 1, size: 4_000) }
    var accepted: DetachedConnection?
    _ = town.world.run(for: .s(5)) {
      if case .accepted(let connection) = network.accept(door) { accepted = connection }
      return accepted != nil
    }
    let peer = Stranger(town.hosts[1], network, accepted: try #require(accepted))
    try #require(peer.greet(as: town.addresses[1]))
    town.world.run(for: .s(1))
    town.posts[0].hangUp()
    town.world.run(for: .ms(100))
    #expect(try town.status(0).links.map(\.state) == ["closing"])
    peer.write([UInt8](repeating: 7, count: 1_000))
    town.world.run(for: .ms(100))
    let before = town.world.turns
    town.world.run(for: .s(2))
    // A turn each 5 ms is the letters' own.
    #expect(town.world.turns - before < 1_000)
    town.world.run(for: .s(4))
    #expect(try town.status(0).links.isEmpty)
    #expect(try town.closed(0, .local) == 1)
  }
}
