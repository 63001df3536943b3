import MixHost
import MixNet
import SimNet
import Testing

@testable import Gossip

/// Two nodes of one name: under a cluster's key a name is what tells nodes apart.
@Suite struct NamesakeTests {
  private static func town(_ count: Int, _ lines: String = "", name: @escaping (Int) -> String) -> WholeTown {
    let town = WholeTown(count, seed: 5, table: lines) { _, _ in .ms(15) }
    town.name = name
    return town
  }

  /// Where each life of a node found its namesakes, and how often it said so.
  private static func found(_ town: WholeTown, _ name: String) -> [[Address]] {
    town.shelf.tapes[name, default: []].map { tape in
      tape.entries.compactMap { if case .effect(.namesake(let address)) = $0 { address } else { nil } }
    }
  }

  /// Both are told where the other one is, once; nobody else is told anything, and both go on. Soon they do not outdo each other any more.
  @Test(arguments: ["", "mesh_nodes_max = 0"]) func bothAreTold(lines: String) throws {
    let town = Self.town(6, lines) { $0 == 5 ? "n2" : "n\($0)" }
    for number in 0..<6 {
      try town.start(number)
      town.world.run(for: .ms(20))
    }
    town.world.run(for: .s(60))
    let (first, second) = (town.hosts[2].address(port: WholeTown.port), town.hosts[5].address(port: WholeTown.port))
    #expect(Self.found(town, "n2") == [[second], [first]])
    for number in [0, 1, 3, 4] { #expect(Self.found(town, "n\(number)") == [[]]) }
    for tape in town.shelf.tapes["n2", default: []] {
      let line = tape.hub.status.first { $0.name == "namesake" }
      #expect(line != nil)
      let raised = tape.entries.count { if case .effect(.incarnation) = $0 { true } else { false } }
      #expect(2...12 ~= raised)
    }
  }

  /// Whichever of the two is killed, the other one has the name.
  @Test(arguments: [2, 5]) func whoeverIsLeftHasTheName(killed: Int) throws {
    let town = Self.town(6) { $0 == 5 ? "n2" : "n\($0)" }
    for number in 0..<6 {
      try town.start(number)
      town.world.run(for: .ms(20))
    }
    town.world.run(for: .s(30))
    town.kill(killed)
    town.world.run(for: .s(30))
    let left = town.hosts[killed == 2 ? 5 : 2].address(port: WholeTown.port)
    for number in [0, 1, 3, 4] {
      let members = try town.tape(number).hub.core.memberList
      let namesake = try #require(members.first { $0.node.address == left })
      #expect(members.count == 5 && namesake.status == .alive)
    }
  }

  /// Two that have nobody but each other.
  @Test func aPair() throws {
    let town = Self.town(2) { _ in "same" }
    for number in 0..<2 { try town.start(number) }
    town.world.run(for: .s(30))
    let addresses = (0..<2).map { town.hosts[$0].address(port: WholeTown.port) }
    #expect(Self.found(town, "same") == [[addresses[1]], [addresses[0]]])
  }

  /// A node that died and comes back at another address, without the files that it had, is no namesake of its former life.
  @Test func aFormerLifeIsNone() throws {
    let town = Self.town(6) { $0 == 5 ? "n2" : "n\($0)" }
    for number in 0..<5 {
      try town.start(number)
      town.world.run(for: .ms(20))
    }
    town.world.run(for: .s(10))
    town.kill(2)
    town.world.run(for: .ms(100))
    try town.start(5)
    town.world.run(for: .s(60))
    #expect(Self.found(town, "n2") == [[], []])
    for number in [0, 1, 3, 4] { #expect(try town.tape(number).hub.core.memberList.count == 5) }
  }
}
