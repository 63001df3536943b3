import MixNet
import SimNet
import Testing

@testable import VRFDelay

/// A node that does not keep to its proof, in a network of honest ones: it is refused, counted, and nothing of what it sends is
/// taken.
@Suite struct CheatTests {
  /// What the cheat says under the real stage's name.
  enum Lie: CaseIterable {
    /// Nothing, as a node without the stage does.
    case silent
    /// Its own proof, which chose others.
    case own
    /// The proof of a node that did choose the victim.
    case stolen
    /// Its own proof, with another list, with other rules, of an epoch that is over.
    case otherList, otherRules, oldEpoch
    /// Bytes.
    case noise

    var refusal: PeerRefusal {
      switch self {
      case .silent, .noise: .noProof
      case .own: .notChosen
      case .stolen: .badProof
      case .otherList: .otherList
      case .otherRules: .otherRules
      case .oldEpoch: .otherEpoch
      }
    }
  }

  /// Node 0 opens a link to a node of the next layer that it did not choose, and sends on every link that it has.
  @Test(arguments: Lie.allCases)
  func aNodeThatChoseOtherwiseIsRefused(_ lie: Lie) throws {
    let town = PeerTown(8)
    let network = town.network
    let first = town.epoch
    let peers = try town.peers(0)
    let victim = try #require([1, 4, 7, 10].first { !peers.contains($0) })
    town.cheat(
      0,
      with: .cheat { wall in
        let epoch = UInt64(wall.seconds) / UInt64(PeerNetwork.epochSeconds)
        func claim(_ number: Int, _ network: PeerNetwork, _ epoch: UInt64) -> [UInt8]? {
          network.choice(number, epoch: epoch)?.claim.bytes
        }
        switch lie {
        case .silent: return nil
        case .own: return claim(0, network, epoch)
        case .stolen:
          let others = [3, 6, 9].filter {
            network.choice($0, epoch: epoch)?.peers.contains(PeerNetwork.address(victim)) ?? false
          }
          return claim(others.first ?? 3, network, epoch)
        case .otherList:
          var other = network
          other.directory = NetworkDirectory(nodes: network.directory.nodes, salt: Bytes32([1]))
          return claim(0, other, epoch)
        case .otherRules:
          var other = network
          other.rules = PeerRules(
            chain: "mix", epochSeconds: PeerNetwork.epochSeconds, peers: 4, among: .nextLayer, weighting: .equal)
          return claim(0, other, epoch)
        case .oldEpoch: return claim(0, network, epoch - 2)
        case .noise: return [1, 2, 3]
        }
      } to: {
        PeerNetwork.address(victim)
      })
    try town.startAll()
    town.world.run(for: .s(60))
    #expect(town.epoch == first)
    let refused = try town.count("refused_\(lie.refusal.rawValue)", victim)
    #expect(refused > 0)
    let all = try PeerRefusal.allCases.reduce(0) { try $0 + town.count("refused_\($1.rawValue)", victim) }
    #expect(all == refused)
    // Nothing that it sent was taken: neither by its victim, nor by those who had opened links to it.
    #expect(town.letters.flatMap(\.came).isEmpty)
    // The others go on.
    for number in 1..<12 {
      #expect(try town.count("links_up", number) == 2)
      if number != victim { #expect(try town.count("refused_not_chosen", number) == 0) }
    }
  }

  /// With the right proof the same stage is let in: what refuses it is what it says, and nothing else.
  @Test func theSameNodeIsLetInWhereItMay() throws {
    let town = PeerTown(9)
    let network = town.network
    let peer = try #require(try town.peers(0).first)
    town.cheat(
      0,
      with: .cheat { wall in
        network.choice(0, epoch: UInt64(wall.seconds) / UInt64(PeerNetwork.epochSeconds))?.claim.bytes
      } to: {
        PeerNetwork.address(peer)
      })
    try town.startAll()
    town.world.run(for: .s(20))
    #expect(Set(town.letters[peer].came) == [666] && town.letters[peer].came.count > 100)
    #expect(try town.refusals(besides: 0) == 0)
    // It says nothing new when the epoch is over, and keeps its link: it is cut off, and comes back with what it says then.
    town.world.run(for: .s(105))
    #expect(try town.count("overstayed", peer) == 1)
  }

  /// Where frames may go both ways, what a peer sends on the link to it is taken.
  @Test func bothWays() throws {
    let town = PeerTown(10, tables: "one_way = false")
    let cheat = try #require(try town.peers(0).first)
    town.cheat(
      cheat,
      with: .cheat { _ in
        nil
      } to: {
        PeerNetwork.address(0)
      })
    try town.startAll()
    town.world.run(for: .s(20))
    #expect(Set(town.letters[0].came) == [666] && town.letters[0].came.count > 100)
  }
}

extension PeerTown {
  /// All that was refused or cut by nodes that have the real stage.
  func refusals(besides cheat: Int) throws -> Int {
    try hosts.indices.filter { $0 != cheat }.reduce(0) { sum, number in
      try PeerRefusal.allCases.reduce(sum + count("overstayed", number)) {
        try $0 + count("refused_\($1.rawValue)", number)
      }
    }
  }
}
