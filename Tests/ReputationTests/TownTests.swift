import MixHost
import MixNet
import SimNet
import Testing

@testable import Reputation

/// Whole nodes in a simulated world: who is banned is shut out, and nobody is by another's doing.
@Suite struct TownTests {
  @Test(arguments: [1, 2]) func theBannedAreShutOut(_ workers: Int) throws {
    let town = ScoreTown(1, 3, workers: workers)
    try town.startAll()
    #expect(town.send(from: 0, to: 1) == 30 && town.send(from: 1, to: 0) == 30 && town.send(from: 2, to: 0) == 30)
    #expect(try town.count("banned", 0) == 0 && town.count("score n1", 0) ?? 0 >= 0)
    // The link that this node opened is what it knows of the other.
    #expect(try (8...12).contains(town.count("uptime_s n1", 0) ?? 0) && town.text("told n1", 0) == "1 success")
    #expect(try town.count("last_seen_s n1", 0) == 0 && town.count("score n2", 0) == nil)
    town.report(.forged, of: 1, by: 0)
    #expect(try town.count("banned", 0) == 1)
    // Neither way, while others are as before.
    #expect(town.send(from: 1, to: 0, seconds: 20) == 0)
    #expect(town.send(from: 0, to: 1, seconds: 20) == 0)
    #expect(town.send(from: 2, to: 0) == 30 && town.send(from: 0, to: 2) == 30)
    #expect(try town.droppedAsBanned(0) > 0)
    #expect(try town.count("links_refused", 0) ?? 0 >= 2)
    // When the hour is over it is let in again.
    town.world.run(for: .s(3_600))
    #expect(town.send(from: 1, to: 0, seconds: 40) > 0 && town.send(from: 0, to: 1, seconds: 40) > 0)
    #expect(try town.count("banned", 0) == 0)
  }

  /// Whoever only wants to know bans nobody.
  @Test func nobodyIsRefusedWhereTheOperatorSaysSo() throws {
    let town = ScoreTown(2, 2, tables: "[reputation]\nrefuse = false")
    try town.startAll()
    town.report(.forged, of: 1, by: 0)
    #expect(try town.count("banned", 0) == 1)
    #expect(town.send(from: 1, to: 0) == 30)
  }

  /// A node that is killed a second after a ban remembers it.
  @Test func bansOutliveTheProcess() throws {
    let town = ScoreTown(3, 2)
    try town.startAll()
    #expect(town.send(from: 1, to: 0) == 30)
    town.report(.forged, of: 1, by: 0)
    town.hosts[0].crash(.killed)
    town.world.run(for: .s(30))
    try town.hosts[0].restart()
    town.world.run(for: .s(5))
    #expect(try town.count("file_lost", 0) == 0 && town.count("banned", 0) == 1)
    let rest = try #require(try town.count("banned_s n1", 0))
    #expect((3_500...3_580).contains(rest))
    #expect(town.send(from: 1, to: 0, seconds: 10) == 0)
    // With another file in its place the node begins anew, and says so.
    town.hosts[0].crash(.killed)
    town.hosts[0].disk.install([1, 2, 3], at: "/state/reputation.mix")
    try town.hosts[0].restart()
    town.world.run(for: .s(5))
    #expect(try town.count("file_lost", 0) == 1 && town.count("banned", 0) == 0)
    #expect(town.send(from: 1, to: 0, seconds: 10) > 0)
  }

  /// A node that breaks the rules of a link that this one opened to it is banned, and no link to it is opened any more.
  @Test func whoBreaksTheRulesOfALinkIsBanned() throws {
    let town = ScoreTown(4, 2)
    try town.start(0)
    let greeting = try town.greeting(as: 1)
    let door = town.hosts[1].address(port: 9_001)
    try town.hosts[1].boot { [try Rogue($0[0], greeting: greeting, listens: door)] }
    #expect(town.send(from: 0, to: 1, seconds: 60) == 0)
    #expect(try town.count("banned", 0) == 1 && town.count("score n1", 0) ?? 0 <= -500)
    let before = try town.droppedAsBanned(0)
    _ = town.send(from: 0, to: 1, seconds: 20)
    #expect(try town.droppedAsBanned(0) > before)
  }

  /// Anybody can connect and say that he is somebody else: what he does then gives nobody a bad name.
  @Test func strangersHarmNobodysName() throws {
    let town = ScoreTown(5, 3)
    try town.start(0)
    try town.start(1)
    #expect(town.send(from: 0, to: 1) == 30)
    let greeting = try town.greeting(as: 1)
    let door = town.hosts[0].address(port: 9_001)
    try town.hosts[2].boot { [try Rogue($0[0], greeting: greeting, listens: nil, connects: door)] }
    town.world.run(for: .s(60))
    #expect(try town.count("banned", 0) == 0 && town.count("score n1", 0) ?? -1 >= 0)
    #expect(town.send(from: 0, to: 1) == 30 && town.send(from: 1, to: 0) == 30)
  }

  /// A node that is gone costs points, and is not banned for it: it is welcome when it comes back.
  @Test func theDeadAreNotBanned() throws {
    let town = ScoreTown(6, 2)
    try town.startAll()
    #expect(town.send(from: 0, to: 1) == 30)
    town.hosts[1].crash(.power)
    _ = town.send(from: 0, to: 1, seconds: 900)
    let score = try #require(try town.count("score n1", 0))
    #expect(-150 < score && score < -20)
    #expect(try town.count("banned", 0) == 0)
    try town.hosts[1].restart()
    #expect(town.send(from: 0, to: 1, seconds: 60) > 300)
  }
}
