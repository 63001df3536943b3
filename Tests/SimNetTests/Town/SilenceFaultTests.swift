import MixNet
import Testing

@testable import MixHost
@testable import SimNet

/// Peers that vanish, that are cut off, and that stand still.
@Suite struct SilenceFaultTests {
  /// Two nodes of which the first has opened a link to the second.
  private func couple(_ seed: UInt64) throws -> Town {
    let town = Town(seed, 2)
    try town.startAll()
    town.world.run(for: .s(1))
    #expect(town.reaches(0, 1))
    town.world.run(for: .s(2))
    return town
  }

  private func isLinked(_ town: Town, _ number: Int) throws -> Bool {
    try town.status(number).links.contains { $0.state == "up" }
  }

  @Test("fault 7: a peer that loses power, seen by who has called and by who was called", arguments: [0, 1])
  func aPeerVanishes(_ vanishing: Int) throws {
    let town = try couple(70)
    let other = 1 - vanishing
    #expect(try isLinked(town, other))
    town.hosts[vanishing].crash(.power)
    town.world.run(for: .ms(3_200))
    #expect(try !isLinked(town, other))
    #expect(try town.closed(other, .timeout) == 1)
    // What is sent from now on is kept for a while, and then counted.
    if vanishing == 1 { for letter in 0..<10 as Range<UInt32> { town.send(letter, from: 0, to: 1) } }
    town.world.run(for: .s(5))
    let status = try town.status(other)
    #expect(status.chains[0].held == 0 && status.chains[0].queued == 0)
    if vanishing == 1 { #expect(status.chains[0].dropped.reduce(0) { $0 + $1.count } == 10) }
    try town.hosts[vanishing].restart()
    #expect(town.reaches(0, 1, within: .s(60)))
  }

  @Test("fault 7: a peer that answers is asked again after the interval, whatever the timeout")
  func aPeerIsAskedAgain() throws {
    let extra = "[links]\nping_interval_ms = 200\nping_timeout_ms = 20_000\nping_timeout_min_ms = 20_000"
    let town = Town(72, 1, extra: extra)
    try town.startAll()
    let stranger = Stranger(town.world.host(named: "outside"))
    #expect(stranger.connect(town.hosts[0].address(port: Town.port)) && stranger.greet(as: Bytes32([99])))
    var asked = 0
    let ends = town.world.now + .s(10)
    while town.world.now < ends {
      while let (kind, body) = stranger.frame(), kind == FrameKind.ping.rawValue {
        asked += 1
        stranger.say(.pong, body)
      }
      town.world.run(for: .ms(10))
    }
    // The side that accepted the link waits for a quarter longer than the interval.
    #expect((32...40).contains(asked), "it was asked \(asked) times in 10 s")
    // Silent from now on, it is given up a timeout after the next question.
    #expect(!stranger.isCut(within: .s(19)))
    #expect(stranger.isCut(within: .ms(1_500)))
    #expect(try town.closed(0, .timeout) == 1)
  }

  @Test("fault 7: one direction alone is dead", arguments: [0, 1])
  func oneDirectionIsDead(_ silent: Int) throws {
    let town = try couple(71)
    town.world.part([town.hosts[silent]], [town.hosts[1 - silent]], oneWay: true)
    // The one that hears nothing finds it; what it says then, the other one hears.
    town.world.run(for: .ms(3_500))
    #expect(try !isLinked(town, 1 - silent))
    #expect(try town.closed(1 - silent, .timeout) == 1)
    town.world.run(for: .s(3))
    #expect(try !isLinked(town, silent))
    // It is told of the end, or has asked in vain itself.
    #expect(try town.closed(silent, .reset) + town.closed(silent, .timeout) >= 1)
    town.world.heal()
    #expect(town.reaches(0, 1, within: .s(60)))
  }

  @Test("fault 18: the wall clock jumps an hour and a day, both ways, and everything else goes on")
  func theWallClockJumps() throws {
    let town = try couple(18)
    let hour: Int64 = 3_600_000_000_000
    var sent: UInt32 = 0
    for jump in [hour, -hour, 24 * hour, -24 * hour, -24 * hour, 1, -1] {
      for host in town.hosts { host.clock.jump(by: jump) }
      for _ in 0..<20 {
        town.send(sent, from: 0, to: 1)
        sent += 1
        town.world.run(for: .ms(100))
      }
    }
    #expect(Array(town.letters(at: 1).suffix(Int(sent))) == Array(0..<sent))
    let links = try town.status(0).links
    #expect(links.count == 1 && links.allSatisfy { $0.state == "up" && $0.connects == 1 })
  }

  @Test("fault 18, fault 37: a process stands still for half a minute, or a minute", arguments: [30, 60] as [UInt64])
  func aProcessStandsStill(_ seconds: UInt64) throws {
    let town = try couple(37)
    town.hosts[1].pause(for: .s(seconds))
    town.world.run(for: .ms(3_500))
    #expect(try !isLinked(town, 0))
    for letter in 0..<50 as Range<UInt32> { town.send(letter, from: 0, to: 1) }
    town.world.run(for: .s(seconds))
    #expect(town.reaches(0, 1, within: .s(60)))
    #expect(town.reaches(1, 0, within: .s(60)))
    for number in 0..<2 { #expect(try town.underWay(number) == 0) }
  }
}
