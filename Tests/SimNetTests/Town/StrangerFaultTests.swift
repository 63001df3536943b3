import MixNet
import Testing

@testable import MixHost
@testable import SimNet

/// What strangers may try where nodes meet.
@Suite struct StrangerFaultTests {
  private static let quick = """
    [links]
    handshake_timeout_ms = 500
    frame_timeout_ms = 500
    ping_interval_ms = 200
    ping_timeout_ms = 500
    ping_timeout_min_ms = 100
    """

  /// A node of its own, and a host for strangers.
  private func town(_ seed: UInt64, _ extra: String) throws -> (town: Town, door: Address, outside: SimHost) {
    let town = Town(seed, 2, extra: extra)
    let outside = town.world.host(named: "outside")
    try town.startAll()
    town.world.run(for: .s(1))
    return (town, town.hosts[0].address(port: Town.port), outside)
  }

  @Test("fault 2: a handshake, a packet and a ping that are cut after any byte, in three ways")
  func everyPrefix() throws {
    let (town, door, outside) = try town(2, Self.quick)
    let first = Stranger(outside)
    try #require(first.connect(door))
    var mine = try #require(first.hello())
    mine.node = Bytes32([200])
    first.hangUp(abort: true)
    let hello = Stranger.frame(.hello, mine.bytes)
    let data = Stranger.frame(.data, Town.letter(1, size: 40))
    let whole = hello + data + Stranger.frame(.ping, [1])
    var complete = 0
    for cut in 0...whole.count {
      for way in 0..<3 {
        let stranger = Stranger(outside)
        try #require(stranger.connect(door), "cut \(cut)")
        stranger.write(Array(whole[..<cut]))
        complete += cut >= hello.count + data.count ? 1 : 0
        town.world.run(for: .ms(20))
        switch way {
        case 0: stranger.hangUp(abort: false)
        case 1: stranger.hangUp(abort: true)
        default: #expect(stranger.isCut(within: .s(2)), "cut \(cut): silence is not ended")
        }
      }
    }
    town.world.run(for: .s(5))
    let status = try town.status(0)
    #expect(status.links.isEmpty && status.chains[0].held == 0)
    #expect(town.posts[0].count == complete)
    #expect(town.reaches(1, 0))
  }

  @Test("fault 3: a declared length of 0, 1, one too many, 2^31 and 2^32-1 on a link between nodes")
  func declaredLengths() throws {
    let (town, door, outside) = try town(3, Self.quick)
    for size in [0, 1, LetterDecode.sizes.upperBound + 2, 1 << 31, 1 << 32 - 1] {
      let stranger = Stranger(outside)
      try #require(stranger.connect(door))
      try #require(stranger.greet(as: Bytes32([200])))
      town.world.run(for: .ms(50))
      stranger.write((0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } + [FrameKind.data.rawValue])
      stranger.write([UInt8](repeating: 1, count: 100_000))
      #expect(stranger.isCut(within: .ms(100)), "a length of \(size) is taken")
    }
    #expect(town.posts[0].count == 0)
    #expect(try town.underWay(0) == 0)
    #expect(town.reaches(1, 0))
  }

  @Test("fault 5: a byte a second on 1,000 connections, in the handshake and within a frame", arguments: [false, true])
  func slowStrangers(_ isGreeted: Bool) throws {
    let town = Town(5, 2)
    // The attackers' 125 hosts have a network of their own, 10.0.1.0/24.
    for number in 2..<256 { _ = town.world.host(named: "other\(number)") }
    let attackers = (0..<125).map { town.world.host(named: "slow\($0)") }
    try town.startAll()
    town.world.run(for: .s(1))
    let door = town.hosts[0].address(port: Town.port)
    let slow = attackers.flatMap { host in (0..<8).map { _ in Stranger(host) } }
    for stranger in slow { stranger.call(door) }
    town.world.run(for: .s(1))
    var longest = Nanos.zero
    for second in 0..<30 {
      for (number, stranger) in slow.enumerated() {
        stranger.listen()
        if stranger.end != nil {
          stranger.hangUp(abort: true)
          stranger.call(door)
        } else if isGreeted, second % 10 == 0 {
          if stranger.greet(as: Bytes32([9, UInt8(truncatingIfNeeded: number)]), within: .zero) {
            stranger.write([0, 0, 16, 1, FrameKind.data.rawValue])
          }
        } else {
          stranger.write([0])
        }
      }
      let began = town.world.now
      let honest = Stranger(town.hosts[1])
      #expect(honest.connect(door) && honest.greet(as: Bytes32([100])) && honest.isAnswered(), "second \(second)")
      longest = max(longest, town.world.now - began)
      honest.hangUp(abort: false)
      town.world.run(for: .ms(900))
    }
    #expect(longest < .s(1))
    let status = try town.status(0)
    let from = status.links.filter { $0.address.hasPrefix("10.0.1.") }
    #expect(from.count <= 32)
    #expect(status.linksRefused.first { $0.reason == "links_per_netgroup_max" }?.count ?? 0 > 900)
    #expect(town.reaches(1, 0))
  }

  @Test("fault 22: another version, a downgrade, the node's own hello sent back, its own address called")
  func handshakesThatAreNone() throws {
    let (town, door, outside) = try town(22, Self.quick)
    let changes: [(String, (inout Hello) -> Void)] = [
      ("a newer version", { $0.versions = 2...9 }), ("a downgrade", { $0.versions = 0...0 }),
      ("another protocol", { $0.protocolTag ^= 1 }), ("other sizes", { $0.limits = FrameLimits(1...5) }),
      ("its own hello", { _ in }),
    ]
    for (what, change) in changes {
      let stranger = Stranger(outside)
      try #require(stranger.connect(door))
      var hello = try #require(stranger.hello())
      change(&hello)
      stranger.say(.hello, hello.bytes)
      #expect(stranger.isCut(within: .ms(200)), "\(what) is taken")
      #expect(try town.status(0).links.allSatisfy { $0.state != "up" })
    }
    // The network file gives the node's own place for another node's address.
    town.stop(0)
    town.world.run(for: .s(10))
    try town.start(0, moved: [1: (nil, door)])
    town.world.run(for: .s(1))
    town.send(1, from: 0, to: 1)
    town.world.run(for: .s(20))
    #expect(try town.status(0).links.allSatisfy { $0.state != "up" })
    #expect(town.posts[0].count == 0)
  }
}
