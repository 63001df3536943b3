import Gossip
import GossipSim
import MixNet
import Testing

/// Messages that go straight to all nodes.
struct MeshTests {
  /// Nodes come, stall, die and say goodbye: whether there is a link to each, as it is remembered, is what a look at all of them finds, and each
  /// message comes to all who are there.
  @Test(arguments: [1, 2, 3] as [UInt64]) func whatIsRememberedOfTheMeshIsTrue(seed: UInt64) throws {
    let cluster = try ClusterTests.cluster(10, seed: seed) { $0.meshMax = 16 }
    var (whole, torn) = (0, 0)
    var gone: Set<Int> = []
    func look() {
      for node in cluster.live {
        let hasMesh = node.core.hasMesh
        let isWhole = node.core.isMeshWhole()
        #expect(isWhole == hasMesh)
        if hasMesh { whole += 1 } else { torn += 1 }
      }
    }
    var got: [[UInt8]: Set<Int>] = [:]
    cluster.delivered = { node, message in got[message.payload, default: []].insert(node.number) }
    func run(_ seconds: Int) {
      for _ in 0..<10 * seconds {
        cluster.run(for: .ms(100))
        look()
      }
    }
    func say(_ text: String) {
      let wall = cluster.wall
      cluster.act(cluster.nodes[0]) { core, now, effects in
        _ = core.publish(Array(text.utf8), topic: 1, now: now, wall: wall, &effects)
      }
      run(5)
      #expect(got[Array(text.utf8)]?.isSuperset(of: Set(0..<10).subtracting(gone)) == true)
    }
    run(20)
    #expect(cluster.nodes.allSatisfy { $0.core.hasMesh })
    say("all are there")
    cluster.stall(cluster.nodes[4], for: .s(8))
    run(20)
    cluster.crash(cluster.nodes[7])
    gone.insert(7)
    say("one is dead")
    let wall = cluster.wall
    cluster.act(cluster.nodes[3]) { core, now, effects in core.leave(now: now, wall: wall, &effects) }
    gone.insert(3)
    run(20)
    say("one has left")
    #expect(whole > 1_000 && torn > 50)
  }
}
