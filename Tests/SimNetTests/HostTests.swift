import MixNet
import Testing

@testable import SimNet

/// Processes start, stand still, die and come back; the network parts and heals.
@Suite struct HostTests {
  /// Asks for a turn every so often and writes down when it came.
  private final class Ticker: SimReactor {
    let environment: Environment
    let period: Nanos
    var turns: [Instant] = []
    var end: Int
    init(_ environment: Environment, period: Nanos, end: Int = .max) {
      (self.environment, self.period, self.end) = (environment, period, end)
    }
    func turn() -> Instant? {
      turns.append(environment.clock.now)
      return turns.count < end ? environment.clock.now + period : nil
    }
  }

  @Test func turnsComeWhenTheyAreAskedFor() throws {
    let world = SimWorld(seed: SimSeed(1))
    let host = world.host(named: "a")
    var tickers: [Ticker] = []
    try host.boot(reactors: 2) { environments in
      tickers = [Ticker(environments[0], period: .ms(10)), Ticker(environments[1], period: .ms(25), end: 3)]
      return tickers
    }
    world.run(for: .ms(101))
    #expect(tickers[0].turns == (0..<11).map { Instant(ns: 1_000_000_000) + .ms(10) * UInt64($0) })
    #expect(tickers[1].turns.count == 3 && host.isUp)
    // A waker gives a turn out of turn, at once; and once, however often it is called.
    world.after(.ms(1)) { _ in for _ in 0..<3 { tickers[0].environment.network.waker.wake() } }
    world.run(for: .ms(3))
    #expect(tickers[0].turns.count == 12)
    tickers[0].end = 0
    world.run(for: .ms(20))
    #expect(!host.isUp)
  }

  @Test func aPausedProcessStandsStillWhileItsSystemGoesOn() throws {
    let world = SimWorld(seed: SimSeed(2))
    let (a, b) = (world.host(named: "a").makeNetwork(), world.host(named: "b"))
    var echo: EchoReactor?
    try b.boot { environments in
      let made = try EchoReactor(environments[0], port: 7)
      echo = made
      return [made]
    }
    b.pause(for: .s(5))
    let near = try a.connect(b.address(port: 7))
    world.run(for: .s(1))
    #expect(a.finishConnect(near) == .moved(0))
    #expect(a.write(near, pattern(100)) == .moved(100))
    world.run(for: .s(3))
    #expect(echo?.received == 0)
    world.run(for: .s(2))
    #expect(echo?.received == 100)
    #expect(a.drain(near).bytes == pattern(100))
  }

  @Test(arguments: [SimHost.Crash.killed, .reset, .power])
  func aCrashCutsConnectionsInItsWay(_ how: SimHost.Crash) throws {
    let couple = try Couple(3) { $0.streams.giveUp = .s(30) }
    couple.hosts.b.crash(how)
    couple.world.run(for: .s(1))
    #expect(!couple.hosts.b.isUp && couple.hosts.b.isPowered == (how != .power))
    let end = couple.a.read(couple.near, 9).result
    switch how {
    case .killed: #expect(end == .ended)
    case .reset: #expect(end == .failed(.reset))
    case .power:
      #expect(end == .blocked)
      #expect(couple.a.write(couple.near, [1]) == .moved(1))
      couple.world.run(for: .s(100))
      #expect(couple.a.write(couple.near, [1]) == .failed(.timeout))
    }
    // A dead process's network does nothing.
    #expect(couple.b.write(couple.far, [1]) == .failed(.local))
    #expect(throws: NetworkError.self) { try couple.b.connect(couple.hosts.a.address(port: 1)) }
    couple.a.close(couple.near, abort: false)
    couple.world.run(for: .s(200))
    #expect(couple.world.openStreams == 0)
  }

  @Test func aHostThatComesBackKnowsNothingOfItsOldConnections() throws {
    let couple = try Couple(4)
    var boots = 0
    try couple.hosts.b.boot { _ in
      boots += 1
      return []
    }
    #expect(couple.a.read(couple.near, 9).result == .blocked)
    couple.world.run(for: .s(1))
    couple.hosts.b.crash(.power)
    couple.world.run(for: .s(1))
    try couple.hosts.b.restart()
    #expect(boots == 2 && couple.hosts.b.boots == 2)
    #expect(couple.a.write(couple.near, [1]) == .moved(1))
    couple.world.run(for: .s(1))
    #expect(couple.a.write(couple.near, [1]) == .failed(.reset))
  }

  /// A receiver without room loses its power: the sender, of whose bytes none is under way, learns that it came back.
  @Test(arguments: [false, true]) func whoWaitsForRoomLearnsOfARestart(writesLater: Bool) throws {
    let couple = try Couple(4)
    try couple.hosts.b.boot { _ in [] }
    func fill() { while case .moved(let count) = couple.a.write(couple.near, pattern(10_000)), count > 0 {} }
    if !writesLater { fill() }
    couple.world.run(for: .s(10))
    if !writesLater { fill() }
    couple.world.run(for: .s(10))
    couple.hosts.b.crash(.power)
    couple.world.run(for: .s(1))
    if writesLater { fill() }
    try couple.hosts.b.restart()
    couple.world.run(for: .s(60))
    #expect(couple.a.write(couple.near, [1]) == .failed(.reset))
  }

  @Test func aBootThatFailsIsTold() throws {
    let world = SimWorld(seed: SimSeed(5))
    let host = world.host(named: "a")
    struct Broken: Error {}
    #expect(throws: Broken.self) { try host.boot { _ in throw Broken() } }
    #expect(!host.isUp && host.bootFailure is Broken)
  }

  @Test func aCutIsSilentAndHeals() throws {
    let couple = try Couple(6)
    couple.world.isolate(couple.hosts.b)
    #expect(couple.a.write(couple.near, [1, 2]) == .moved(2))
    couple.world.run(for: .s(5))
    #expect(couple.b.read(couple.far, 9).result == .blocked)
    let stuck = try couple.a.connect(couple.hosts.b.address(port: 9))
    couple.world.run(for: .s(5))
    #expect(couple.a.finishConnect(stuck) == .blocked)
    couple.world.heal()
    couple.world.run(for: .s(20))
    #expect(couple.b.read(couple.far, 9).bytes == [1, 2])
    #expect(couple.a.finishConnect(stuck) == .moved(0))
  }

  @Test func aCutOfOneWayLetsTheOtherThrough() throws {
    let couple = try Couple(7) { $0.streams.giveUp = .s(60) }
    couple.world.part([couple.hosts.a], [couple.hosts.b], oneWay: true)
    #expect(couple.b.write(couple.far, [5]) == .moved(1))
    couple.world.run(for: .s(1))
    #expect(couple.a.read(couple.near, 9).bytes == [5])
    #expect(couple.a.write(couple.near, [6]) == .moved(1))
    couple.world.run(for: .s(1))
    #expect(couple.b.read(couple.far, 9).result == .blocked)
    // Neither side hears that its bytes have come.
    couple.world.run(for: .s(200))
    #expect(couple.a.write(couple.near, [6]) == .failed(.timeout))
    #expect(couple.b.write(couple.far, [6]) == .failed(.timeout))
  }

  @Test func aClogHoldsBackAndLetsGoAtOnce() throws {
    let couple = try Couple(8) { $0.link.delay = .fixed(.ms(1)) }
    couple.world.clog(from: couple.hosts.a, to: couple.hosts.b, for: .s(2))
    for byte in 0..<5 as Range<UInt8> {
      #expect(couple.a.write(couple.near, [byte]) == .moved(1))
      couple.world.run(for: .ms(300))
    }
    #expect(couple.b.read(couple.far, 9).result == .blocked)
    couple.world.run(for: .ms(501))
    #expect(couple.b.read(couple.far, 9).bytes == [0, 1, 2, 3, 4])
    couple.world.swizzle([couple.hosts.a], for: .s(1))
    couple.world.run(for: .s(1))
    #expect(couple.a.write(couple.near, [9]) == .moved(1))
    couple.world.run(for: .s(1))
    #expect(couple.b.read(couple.far, 9).bytes == [9])
  }

  @Test func aNetworkOutlivesItsWorld() throws {
    var couple: Couple? = try Couple(9)
    let (network, near) = (couple?.a, couple?.near)
    couple = nil
    let dead = try #require(network)
    let connection = try #require(near)
    #expect(dead.write(connection, [1]) == .failed(.local))
    #expect(dead.read(connection, 1).bytes.isEmpty)
    #expect(dead.unacknowledged(connection) == nil)
    dead.setInterest(connection, read: true, write: true)
    dead.close(connection, abort: true)
    #expect(throws: NetworkError.self) { _ = try dead.connect(.loopback(port: 9)) }
    #expect(throws: NetworkError.self) { _ = try dead.bindDatagram(.loopback(port: 9)) }
    var events: [NetworkEvent] = []
    events.reserveCapacity(4)
    dead.wait(until: .zero, into: &events)
    #expect(events.isEmpty)
    #expect(dead.openSockets == 0)
  }
}
