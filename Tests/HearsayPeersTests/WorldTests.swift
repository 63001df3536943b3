import FacadeWorlds
import HearsayRuntime
import MixNet
import SimNet
import Testing

@testable import HearsayPeers

@Suite struct WorldTests {
  /// Over sockets of this machine.
  @Test(.timeLimit(.minutes(2)), arguments: Bodies.everything) func onThisMachine(_ body: Body) async throws {
    try await body.run(RealWorld())
  }

  /// The same with all of them on one thread.
  @Test(.timeLimit(.minutes(2)), arguments: Bodies.everything) func onOneThread(_ body: Body) async throws {
    try await body.run(RealWorld(.system(threads: 1)))
  }

  @Test(.timeLimit(.minutes(2))) func aNameLeadsToAPeer() async throws {
    let server = try await Bodies.server(RealWorld())
    let client = try await Bodies.client(RealWorld())
    let port = try #require(server.address.port)
    #expect(
      try await client.connect(to: .name("localhost", port: port), within: .seconds(60)).identity == server.identity)
    await client.close()
    await server.close()
  }

  /// In a simulated world, on a virtual clock.
  @Test(arguments: Bodies.everything) func simulated(_ body: Body) throws {
    try VirtualWorld.run(1) { try await body.run($0) }
  }

  /// In a simulated world where packets are lost and connections break.
  @Test(arguments: 0..<8 as Range<UInt64>) func inABadNetwork(seed: UInt64) throws {
    try VirtualWorld.run(100 + seed) { virtual in
      let server = try await Bodies.server(virtual)
      let client = try await Bodies.client(virtual)
      let peer = try await client.connect(to: server.address)
      async let served: Void = Bodies.serveEcho(server)
      let stream = try await peer.open()
      virtual.world.faults = .of(
        (.loss, .percent(2)), (.segment, .percent(20)), (.close, Chance(millionths: 3_000)), (.partition, .percent(2)))
      async let sent: Void = {
        for number in 0..<400 { try await stream.send(Bodies.message(number)) }
        try await stream.finish()
      }()
      for number in 0..<400 { #expect(try await stream.receive()?.bytes == Bodies.message(number)) }
      #expect(try await stream.receive() == nil)
      try await sent
      virtual.world.stopFaults()
      try await served
      await client.close()
      await server.close()
    }
  }

  /// A machine that is lost with everything on it: who waits for anything is told.
  @Test func aNodeThatDiesTellsThoseWhoWait() throws {
    try VirtualWorld.run(7) { virtual in
      let server = try await Bodies.server(virtual)
      async let accepted = server.accept()
      await virtual.sleep(.milliseconds(10))
      virtual.hosts[0].crash(.killed)
      do {
        _ = try await accepted
        Issue.record("nothing was to be accepted")
      } catch { #expect(error as? PeerError == .closed) }
      #expect(await server.close() == 0)
    }
  }

  /// What waits for peers that read nothing leaves memory for the others.
  @Test(arguments: [(64, 1), (100, 2), (4_096, 8), (.max, .max), (-1, 0)])
  func thereIsMemoryForAllLinks(peers: Int, links: Int) throws {
    var settings = PeerSettings()
    (settings.peersMax, settings.linksPerPeer) = (peers, links)
    let lines = try settings.configuration(name: "a", listen: nil).split(separator: "\n")
    let line = try #require(lines.first { $0.contains("pool_size = ") })
    let size = try #require(line.split(separator: " ").last.flatMap { Int($0) })
    #expect(size >= max(1, min(4_096, peers)) * max(1, min(8, links)) * 32 + 1_024)
    #expect(size <= 16_777_216)
  }
}
