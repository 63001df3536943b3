import MixNet
import Testing

@testable import MixHost
@testable import SimNet

/// More than a link takes, and the end of a node that has something to say.
@Suite struct LoadFaultTests {
  @Test("fault 8: a peer that reads nothing", arguments: [false, true])
  func aPeerReadsNothing(_ speaks: Bool) throws {
    let town = Town(8, 3)
    try town.start(0)
    try town.start(2)
    let listener = town.hosts[1].makeNetwork()
    let door = try listener.listen(town.hosts[1].address(port: Town.port), backlog: 8)
    town.world.run(for: .s(1))
    var letter: UInt32 = 0
    func send(_ count: Int) {
      for _ in 0..<count {
        town.send(letter, from: 0, to: 1, size: 4_000)
        letter += 1
      }
    }
    send(1)
    var accepted: DetachedConnection?
    _ = town.world.run(for: .s(5)) {
      if case .accepted(let connection) = listener.accept(door) { accepted = connection }
      return accepted != nil
    }
    let silent = Stranger(town.hosts[1], listener, accepted: try #require(accepted))
    try #require(silent.greet(as: town.addresses[1]))
    var held = 0
    for _ in 0..<60 {
      send(40)
      if speaks { silent.say(.ping, [1]) }
      town.world.run(for: .ms(250))
      held = max(held, try town.underWay(0))
      #expect(town.reaches(0, 2, within: .ms(500), letter: 9_000_000 + letter))
    }
    // It is bounded by the pool and by the time that a packet waits; what is lost is counted.
    #expect(held <= 512)
    let status = try town.status(0)
    #expect(status.chains[0].dropped.contains { $0.stage == "link_out" && $0.count > 1_000 })
    // Who says nothing is found by a ping; who speaks but takes nothing is closed for that.
    if speaks { town.world.run(for: .s(20)) }
    silent.listen()
    let isUp = try town.status(0).links.contains { $0.state == "up" && $0.peer == town.addresses[1] }
    #expect(silent.end != nil || !isUp)
    // Which of the two finds it first is the world's doing.
    #expect(try town.closed(0, .stalled) + town.closed(0, .timeout) >= 1)
  }

  @Test("fault 9: two nodes send each other much at once, and neither waits for the other", arguments: [512, 16_384])
  func bothSendMuchAtOnce(_ pool: Int) throws {
    let extra = "[links]\nlink_age_max_ms = 600_000"
    let town = Town(9, 2, extra: extra, pool: pool) { $0.link.bandwidth = 20_000_000 }
    try town.startAll()
    town.world.run(for: .s(1))
    #expect(town.reaches(0, 1) && town.reaches(1, 0))
    let before = town.posts.map(\.count)
    let count = 5_000
    for (from, to) in [(0, 1), (1, 0)] {
      town.world.clog(from: town.hosts[from], to: town.hosts[to], for: .s(1))
      for letter in 0..<UInt32(count) { town.send(letter, from: from, to: to, size: 4_000) }
    }
    // A full node sheds what comes, so that it goes on reading; what it sheds is counted.
    func shed(_ number: Int) throws -> Int {
      try town.status(number).chains[0].dropped.reduce(0) { $0 + Int($1.count) }
    }
    for _ in 0..<60 {
      town.world.run(for: .s(1))
      if try (0..<2).allSatisfy({ try town.posts[$0].count - before[$0] + shed($0) == count }) { break }
    }
    for number in 0..<2 {
      let came = town.posts[number].count - before[number]
      let lost = try shed(number)
      #expect(came + lost == count, "\(came) came, \(lost) were shed")
      #expect(came > count / 4)
      if pool > count { #expect(Array(town.letters(at: number).suffix(count)) == Array(0..<UInt32(count))) }
    }
    #expect(town.reaches(0, 1) && town.reaches(1, 0))
  }

  @Test("fault 13: a node stops while much waits for a peer that is there", arguments: [1, 4_000])
  func aNodeStopsWithMuchToSend(_ size: Int) throws {
    let town = Town(13, 2) { $0.link.bandwidth = 1_000_000 }
    try town.startAll()
    town.world.run(for: .s(1))
    #expect(town.reaches(0, 1))
    let before = town.posts[1].count
    // More than the system's buffers take at once.
    for letter in 0..<200 as Range<UInt32> { town.send(letter, from: 0, to: 1, size: max(4, size)) }
    town.world.run(for: .ms(60))
    let taken = try town.status(0).chains[0].count(.injected)
    town.stop(0)
    let began = town.world.now
    #expect(town.world.run(for: .s(10)) { !town.hosts[0].isUp })
    #expect(town.world.now - began <= .ms(5_500))
    town.world.run(for: .s(5))
    #expect(taken > 100 && UInt64(town.posts[1].count - before) + 1 >= taken)
  }

  @Test("fault 13: the peer dies while the node stops", arguments: [SimHost.Crash.killed, .power])
  func thePeerDiesMeanwhile(_ how: SimHost.Crash) throws {
    let town = Town(14, 2) { $0.link.bandwidth = 200_000 }
    try town.startAll()
    town.world.run(for: .s(1))
    #expect(town.reaches(0, 1))
    for letter in 0..<300 as Range<UInt32> { town.send(letter, from: 0, to: 1, size: 4_000) }
    town.world.run(for: .ms(60))
    town.stop(0)
    town.world.run(for: .ms(100))
    town.hosts[1].crash(how)
    let began = town.world.now
    #expect(town.world.run(for: .s(10)) { !town.hosts[0].isUp })
    #expect(town.world.now - began <= .ms(5_500))
  }
}
