import MixNet
import Testing

@testable import SimNet

/// Hosts that stay broken for ever, and hosts of several netgroups.
@Suite struct RuinTests {
  /// A caller, and an echo that stays broken in some way after all was well; `waiting` is how long one who calls it waits.
  private func ask(_ how: Ruin, for waiting: Nanos = .s(3)) throws -> (before: Int, after: IOResult, world: SimWorld) {
    let world = SimWorld(seed: SimSeed(5))
    let (a, b) = (world.host(named: "a"), world.host(named: "b"))
    var echo: EchoReactor?
    try b.boot { environments in
      let made = try EchoReactor(environments[0], port: 7)
      echo = made
      return [made]
    }
    let network = a.makeNetwork()
    let near = try network.connect(b.address(port: 7))
    world.run(for: .s(1))
    _ = network.finishConnect(near)
    _ = network.write(near, pattern(100))
    world.run(for: .s(1))
    let before = network.drain(near).bytes.count
    world.stopFaults(ruining: [(b, how)])
    let late = try network.connect(b.address(port: 7))
    world.run(for: waiting)
    #expect(echo?.received == 100)
    return (before, network.finishConnect(late), world)
  }

  @Test(arguments: Ruin.allCases)
  func nothingIsHeardOfIt(_ how: Ruin) throws {
    let (before, after, world) = try ask(how)
    #expect(before == 100)
    switch how {
    // Its system says that nobody listens, or takes the call for it.
    case .dead: #expect(after == .failed(.refused))
    case .frozen: #expect(after == .moved(0))
    case .dark, .apart, .deaf, .mute: #expect(after == .blocked)
    }
    #expect(world.hosts[1].isUp == (how != .dead && how != .dark))
  }

  @Test func allOthersAreHealed() throws {
    let world = SimWorld(seed: SimSeed(5))
    let hosts = (0..<4).map { world.host(named: "\($0)") }
    world.part([hosts[0]], hosts)
    world.part([hosts[2]], [hosts[3]])
    world.stopFaults(ruining: [(hosts[3], .deaf)])
    func isCut(_ from: Int, _ to: Int) -> Bool { world.isCut(from: hosts[from], to: hosts[to]) }
    #expect(!isCut(0, 1) && !isCut(1, 0) && !isCut(0, 2) && !isCut(3, 0) && !isCut(3, 2))
    #expect(isCut(0, 3) && isCut(1, 3) && isCut(2, 3))
  }

  @Test func netgroupsHaveAddressesOfTheirOwn() throws {
    let world = SimWorld(seed: SimSeed(1))
    let hosts = [world.host(named: "a"), world.host(named: "b", netgroup: 3), world.host(named: "c", netgroup: 3)]
    let groups = hosts.map { [Netgroup($0.address(port: 1)), Netgroup($0.address6(port: 1))] }
    #expect(groups[0] != groups[1] && groups[1] == groups[2])
    #expect(hosts[1].address(port: 9).description == "10.3.0.2:9")
    #expect(hosts[1].address6(port: 9).description == "[fd00:0:3::2]:9")
    for (number, host) in hosts.enumerated() {
      #expect(world.host(at: host.address(port: 1), from: 0) == UInt32(number))
      #expect(world.host(at: host.address6(port: 1), from: 0) == UInt32(number))
    }
    // The second host has no address in the first one's netgroup.
    #expect(world.host(at: .ipv4(InlineBytes4(word: 10 << 24 | 2), port: 1), from: 0) == nil)
  }
}
