import FacadeWorlds
import HearsayGossip
import HearsayRuntime
import MixNet
import SimNet
import Testing

@Suite struct ClusterTests {
  /// Over sockets of this machine.
  @Test(.timeLimit(.minutes(2)), arguments: ClusterBodies.all) func onThisMachine(_ body: Body) async throws {
    try await body.run(RealWorld())
  }

  /// The same with all nodes on one thread, and on two.
  @Test(.timeLimit(.minutes(2)), arguments: ClusterBodies.all, [1, 2])
  func onSharedThreads(_ body: Body, threads: Int) async throws {
    try await body.run(RealWorld(.system(threads: threads)))
  }

  /// In a simulated world, on a virtual clock.
  @Test(arguments: ClusterBodies.all) func simulated(_ body: Body) throws {
    try VirtualWorld.run(1) { try await body.run($0) }
  }

  /// In a simulated world where packets are lost and connections break, every message comes to every node.
  @Test(arguments: 0..<4 as Range<UInt64>) func inABadNetwork(seed: UInt64) throws {
    try VirtualWorld.run(200 + seed) { virtual in
      let nodes = try await ClusterBodies.cluster(virtual, 4)
      var readers: [ClusterMessages] = []
      for node in nodes { readers.append(try await node.subscribe("news")) }
      virtual.world.faults = .of((.loss, .percent(2)), (.close, Chance(millionths: 2_000)))
      for number in 0..<100 {
        try await nodes[number % 4].publish([UInt8(number)], to: "news")
        await virtual.sleep(.milliseconds(20))
      }
      virtual.world.stopFaults()
      for reader in readers { #expect(Set(await ClusterBodies.take(100, of: reader).map(\.bytes)).count == 100) }
      await ClusterBodies.leave(nodes)
    }
  }

  /// A machine that is lost with everything on it: who waits for anything is told.
  @Test func aNodeThatDiesTellsThoseWhoWait() throws {
    try VirtualWorld.run(7) { virtual in
      let node = try await ClusterBodies.join(virtual, "alone")
      let reader = try await node.subscribe("news")
      async let reading = ClusterBodies.take(1, of: reader)
      await virtual.sleep(.milliseconds(10))
      virtual.hosts[0].crash(.killed)
      #expect(await reading.isEmpty)
      do {
        try await node.publish([1], to: "news")
        Issue.record("nothing was to be published")
      } catch { #expect(error as? ClusterError == .closed) }
    }
  }
}
