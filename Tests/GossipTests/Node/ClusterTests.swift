import Gossip
import GossipSim
import MixNet
import Testing

/// Whole cores over a simulated network.
@Suite struct ClusterTests {
  static func settings(_ count: Int, _ change: (inout GossipSettings) -> Void = { _ in }) -> GossipSettings {
    var settings = GossipSettings()
    settings.views.expectedNodes = count
    settings.views.limitsNetgroups = false
    settings.meshMax = 0
    settings.broadcast.dedupMax = 8_192
    settings.broadcast.cacheBytes = 1 << 18
    settings.broadcast.cacheMessages = 1_024
    settings.broadcast.tree.originsMax = 256
    settings.broadcast.tree.missingMax = 256
    change(&settings)
    return settings
  }

  /// A cluster whose nodes know the first one's address.
  static func cluster(
    _ count: Int, seed: UInt64 = 1, _ change: (inout GossipSettings) -> Void = { _ in }
  ) throws -> ClusterWorld {
    var world = ClusterWorld.Settings()
    world.seed = seed
    let cluster = ClusterWorld(world)
    var settings = settings(count, change)
    for number in 0..<count {
      let node = try #require(cluster.add(settings, after: .ms(UInt64(number) * 20)))
      if number == 0 { settings.views.seeds = [node.record.address] }
      node.core.deliversAll = true
    }
    return cluster
  }

  /// A neighbour that does not answer over its link gives way to another, though nobody says that it is dead; when it answers again it comes back.
  @Test func whoDoesNotAnswerIsReplaced() throws {
    let cluster = try Self.cluster(30) { settings in
      settings.swim.period = .s(600)
      settings.health.interval = .s(2)
      settings.health.timeout = .ms(500)
    }
    cluster.run(for: .s(30))
    let silent = cluster.nodes[9]
    func neighbours() -> Int {
      cluster.nodes.count { $0.core.peersHealth(cluster.now).contains { $0.id == silent.record.id && $0.isConnected } }
    }
    #expect(neighbours() > 0)
    cluster.stall(silent, for: .s(40))
    cluster.run(for: .s(20))
    #expect(neighbours() == 0)
    for node in cluster.nodes where node.number != 9 { #expect(node.core.views.up.size >= 4) }
    cluster.run(for: .s(60))
    #expect(neighbours() > 0)
    #expect(
      cluster.nodes.allSatisfy {
        $0.core.peersHealth(cluster.now).allSatisfy { !$0.isConnected || $0.health != .unhealthy }
      })
  }

  @Test func everyNodeGetsEveryMessageOnce() throws {
    let cluster = try Self.cluster(50)
    var got: [[UInt8]: [Int: Int]] = [:]
    cluster.delivered = { node, message in got[message.payload, default: [:]][node.number, default: 0] += 1 }
    cluster.run(for: .s(30))
    for round in 0..<20 {
      for number in [0, 7, 31] {
        let wall = cluster.wall
        cluster.act(cluster.nodes[number]) { core, now, effects in
          let outcome = core.publish(
            Array("message \(round) of \(number)".utf8), topic: 1, now: now, wall: wall, &effects)
          #expect(outcome == .accepted)
        }
      }
      cluster.run(for: .ms(200))
    }
    cluster.run(for: .s(5))
    #expect(got.count == 60)
    for (_, nodes) in got { #expect(nodes.count == 50 && nodes.values.allSatisfy { $0 == 1 }) }
    for node in cluster.nodes { #expect(node.core.swim.present == 50) }
  }

  /// Its last words go before a link is closed: who is sent away does not ask again too early, which would be held against it.
  @Test func whoIsSentAwayHearsOfIt() throws {
    let cluster = try Self.cluster(6)
    var blamed = 0
    cluster.blamed = { _, _, _ in blamed += 1 }
    cluster.run(for: .s(10))
    let (one, other) = (cluster.nodes[0], cluster.nodes[1])
    cluster.act(one) { $0.ban(other.record.id, for: .s(60), now: $1, &$2) }
    cluster.run(for: .s(50))
    #expect(blamed == 0)
    var names: [Bytes32] = []
    one.core.views.up.forEach { slot in if let node = one.core.views.neighbour(slot) { names.append(node.id) } }
    #expect(names.count == 4 && !names.contains(other.record.id))
    cluster.run(for: .s(60))
    let links = one.core.views.up.size
    #expect(links == 5)
  }
}
