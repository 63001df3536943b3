import MixNet
import Testing

@testable import MixHost
@testable import SimNet

/// Links that come and go, one or a thousand at once.
@Suite struct ReconnectFaultTests {
  /// A peer as simple as can be: calls, says hello, and calls again after a pause when it was not let in.
  private final class Caller {
    let stranger: Stranger
    let node: Bytes32
    private var backoff = Backoff(Backoff.Settings())
    private var random: RandomStream
    private var again = Instant.zero
    private var gaveUpAt = Instant.never
    private(set) var isUp = false
    private(set) var calls = 0

    init(_ host: SimHost, _ number: Int) {
      stranger = Stranger(host)
      node = Bytes32([7, UInt8(truncatingIfNeeded: number), UInt8(number >> 8)])
      random = RandomStream(seed: Seed(UInt64(number)))
    }

    func turn(_ now: Instant, _ door: Address) {
      if isUp || now < again { return }
      if stranger.connection == nil {
        stranger.call(door)
        calls += 1
        gaveUpAt = now + .s(5)
        return
      }
      _ = stranger.isConnected
      while let (kind, body) = stranger.frame() {
        if kind == FrameKind.hello.rawValue, var mine = Hello(body.span) {
          mine.node = node
          stranger.say(.hello, mine.bytes)
          stranger.say(.ping, [1])
        } else if kind == FrameKind.pong.rawValue {
          isUp = true
        }
      }
      guard !isUp, stranger.end != nil || now >= gaveUpAt else { return }
      stranger.hangUp(abort: true)
      again = now + backoff.failed(&random)
    }
  }

  @Test("fault 10: a thousand peers come back at once, and all are in within a minute")
  func aThousandComeBack() throws {
    let town = Town(10, 1, extra: "[links]\nlinks_max = 1_200\nlinks_per_netgroup_max = 300\naccept_rate = 200") {
      $0.descriptorsMax = 4_000
    }
    try town.startAll()
    let door = town.hosts[0].address(port: Town.port)
    let callers = (0..<1_000).map { Caller(town.world.host(named: "c\($0)"), $0) }
    town.world.run(for: .s(1))
    let began = town.world.now
    var second = (came: 0, ends: began + .s(1))
    var fastest = 0
    var up = 0
    while up < callers.count, town.world.now - began < .s(60) {
      for caller in callers { caller.turn(town.world.now, door) }
      let now = callers.count { $0.isUp }
      if town.world.now >= second.ends {
        fastest = max(fastest, now - second.came)
        second = (now, town.world.now + .s(1))
      }
      up = now
      town.world.run(for: .ms(20))
    }
    #expect(up == 1_000)
    #expect(fastest <= 200 + 256, "\(fastest) in one second")
    // Nobody calls again and again without a pause.
    #expect(callers.allSatisfy { $0.calls <= 20 })
  }

  @Test("fault 11: a link that flaps twice a second is left alone after a few tries")
  func aLinkFlaps() throws {
    // The only peer would be called for ever, so there is another one, whose link lasts.
    let town = Town(11, 3)
    for number in [0, 2] { try town.start(number) }
    let listener = town.hosts[1].makeNetwork()
    let door = try listener.listen(town.hosts[1].address(port: Town.port), backlog: 8)
    town.world.run(for: .s(1))
    var open: [(stranger: Stranger, ends: Instant)] = []
    var came = 0
    var wasLeftAlone = false
    for step in 0..<1_200 as Range<UInt32> {
      if step % 10 == 0 { town.send(step, from: 0, to: 1) }
      if step == 0 { town.send(9_999, from: 0, to: 2) }
      while case .accepted(let connection) = listener.accept(door) {
        let stranger = Stranger(town.hosts[1], listener, accepted: connection)
        #expect(stranger.greet(as: town.addresses[1]))
        open.append((stranger, town.world.now + .ms(250)))
        came += 1
      }
      for (stranger, ends) in open where ends <= town.world.now { stranger.hangUp(abort: true) }
      open.removeAll { $0.ends <= town.world.now }
      town.world.run(for: .ms(50))
      if step % 20 == 0 { wasLeftAlone = try town.status(0).links.contains { $0.isLeftAlone } || wasLeftAlone }
    }
    // In a minute it could have flapped 120 times.
    #expect((5...12).contains(came), "it was called \(came) times")
    #expect(wasLeftAlone)
    town.world.run(for: .s(5))
    #expect(try town.underWay(0) == 0)
  }

  @Test("fault 12: two nodes call each other at the same moment", arguments: 0..<20 as Range<UInt64>)
  func twoCallEachOther(_ seed: UInt64) throws {
    func run() throws -> (letters: [[UInt32]], links: [Int], digest: Bytes32) {
      let town = Town(1_200 + seed, 2)
      try town.startAll()
      town.world.run(for: .s(1))
      for letter in 0..<20 as Range<UInt32> {
        town.send(letter, from: 0, to: 1)
        town.send(letter, from: 1, to: 0)
      }
      town.world.run(for: .s(10))
      let links = try (0..<2).map { number in try town.status(number).links.count { $0.state == "up" } }
      return ([town.letters(at: 0), town.letters(at: 1)], links, town.world.trace.digest)
    }
    let (one, other) = (try run(), try run())
    // Each sends on the link that it has opened itself, so neither has to give way: both stay, and nothing comes twice.
    #expect(one.letters == [Array(0..<20), Array(0..<20)])
    #expect(one.links == [2, 2])
    #expect(one.digest == other.digest)
  }

  @Test("fault 36: a node comes back with another address at the same place")
  func anotherIdentityAtTheSamePlace() throws {
    let town = Town(36, 2)
    try town.startAll()
    town.world.run(for: .s(1))
    #expect(town.reaches(0, 1))
    let new = Bytes32([250])
    town.stop(1)
    town.world.run(for: .s(6))
    try town.start(1, moved: [1: (new, nil)])
    let before = town.posts[1].count
    #expect(!town.reaches(0, 1, within: .s(120)))
    #expect(town.posts[1].count == before)
    let old = try town.status(0).links
    #expect(old.allSatisfy { $0.state != "up" })
    #expect(old.contains { $0.lastReason == Hello.Mismatch.node.sentence })
    // With the new network file it is found under its new address, and the old link is no more.
    town.stop(0)
    town.world.run(for: .s(6))
    try town.start(0, moved: [1: (new, nil)])
    town.world.run(for: .s(1))
    town.posts[0].send(Town.letter(5), to: new)
    #expect(town.world.run(for: .s(60)) { town.letters(at: 1).contains(5) })
    #expect(try town.status(0).links.map(\.peer) == [new])
  }

  @Test("fault 36: a node moves to another place under its old address")
  func theSameIdentityAtAnotherPlace() throws {
    let town = Town(361, 2)
    try town.startAll()
    town.world.run(for: .s(1))
    #expect(town.reaches(0, 1))
    town.hosts[1].crash(.power)
    let other = town.world.host(named: "other")
    let place = other.address(port: Town.port)
    try town.start(1, on: other, moved: [1: (nil, place)])
    town.stop(0)
    town.world.run(for: .s(6))
    try town.start(0, moved: [1: (nil, place)])
    #expect(town.reaches(0, 1, within: .s(60)))
    #expect(try town.status(0).links.map(\.address) == [place.description])
  }
}
