import MixNet
import Testing

@testable import MixHost
@testable import SimNet

/// Connections that come faster than anybody can greet them.
@Suite struct FloodFaultTests {
  /// Some hosts that open 100 connections in 10 ms, let each stand for a while, and say nothing.
  private final class Crowd {
    private let world: SimWorld
    private let networks: [SimNetwork]
    private let door: Address
    private var open: [(network: SimNetwork, connection: ConnectionID, at: Instant)] = []
    private(set) var made = 0

    init(_ hosts: [SimHost], at door: Address, _ world: SimWorld) {
      self.world = world
      self.door = door
      networks = hosts.map { $0.makeNetwork() }
    }

    /// Goes on for so many steps of 10 ms.
    func run(_ steps: Int, _ each: (Int) -> Void) {
      for step in 0..<steps {
        for _ in 0..<100 {
          let network = networks[made % networks.count]
          guard let connection = try? network.connect(door) else { continue }
          open.append((network, connection, world.now))
          made += 1
        }
        let stale = open.prefix { world.now - $0.at > .ms(300) }
        for (network, connection, _) in stale { network.close(connection, abort: true) }
        open.removeFirst(stale.count)
        each(step)
        world.run(for: .ms(10))
      }
    }

    func leave() {
      for (network, connection, _) in open { network.close(connection, abort: true) }
      open = []
    }
  }

  @Test("fault 6: 10,000 connections a second, from one host and from 1,000 in 250 netgroups", arguments: [1, 1_000])
  func connectionFlood(_ count: Int) throws {
    let town = Town(6, 3) { $0.descriptorsMax = 5_000 }
    let crowd = (0..<count).map { town.world.host(named: "crowd\($0)", netgroup: UInt8(1 + $0 % 250)) }
    try town.startAll()
    town.world.run(for: .s(1))
    #expect(town.reaches(0, 1) && town.reaches(1, 0) && town.reaches(2, 0))
    let before = town.posts[0].count
    let flood = Crowd(crowd, at: town.hosts[0].address(port: Town.port), town.world)
    var (sent, links, greeting) = (0, 0, 0)
    flood.run(300) { step in
      if step % 10 == 0 {
        town.send(UInt32(sent), from: 1, to: 0)
        sent += 1
      }
      if step % 50 == 25, let status = try? town.status(0) {
        links = max(links, status.links.count)
        greeting = max(greeting, status.links.count { $0.state == "handshake" })
      }
      // A node of the network goes, and comes back in the middle of it.
      if step == 100 { town.stop(2, atOnce: true) }
      if step == 150 { #expect(throws: Never.self) { try town.start(2) } }
    }
    town.world.run(for: .ms(200))
    // The link that there was has carried all.
    let came = Set(town.letters(at: 0).filter { $0 < 1_000 })
    #expect(came == Set(0..<UInt32(sent)), "\(town.posts[0].count - before) letters")
    #expect(links > 0 && links <= 66 + 8 && greeting <= 64)
    // The node that has come back is let in while the flood goes on.
    var isBack = false
    flood.run(100) { step in
      if step % 10 == 0 { town.send(50_000 + UInt32(step), from: 2, to: 0) }
      isBack = isBack || town.letters(at: 0).contains { (50_000..<51_000).contains($0) }
    }
    #expect(isBack)
    let refused = try town.status(0).linksRefused
    let reasons = count == 1 ? ["links_per_host_max"] : ["accept_rate", "handshakes_max"]
    #expect(refused.map(\.reason).sorted() == reasons)
    let turnedAway = refused.reduce(0) { $0 + $1.count }
    #expect(flood.made == 40_000 && turnedAway > 39_000, "\(flood.made) came, \(refused)")
    // A stranger who means well is let in as soon as it is over; while one host does it, at any time.
    if count > 1 { flood.leave() }
    let honest = Stranger(town.world.host(named: "honest", netgroup: 251))
    let began = town.world.now
    #expect(
      honest.connect(town.hosts[0].address(port: Town.port)) && honest.greet(as: Bytes32([99])) && honest.isAnswered())
    #expect(town.world.now - began < .s(1))
    flood.leave()
    town.world.run(for: .s(1))
    #expect(try town.underWay(0) == 0)
  }
}
