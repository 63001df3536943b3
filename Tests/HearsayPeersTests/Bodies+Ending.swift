import FacadeWorlds
import HearsayRuntime
import MixNet
import Testing

@testable import HearsayPeers
@testable import Messages

/// How servers, clients and streams come to their end.
extension Bodies {
  static let ending = [
    Body("closing twice is closing once", closingTwice), Body("a cancelled close tells what is left", cancelledClose),
    Body("closing tells those who wait to send", closedSenders),
    Body("what is let go ends though the peer holds it", lettingGoAlone),
    Body("a cancelled connect calls nobody", cancelledConnect),
  ]

  /// A client, and a stream of its that is full: the server's node has what the window holds, and its application reads nothing.
  private static func full(
    _ world: any TestWorld
  ) async throws -> (server: PeerServer, client: PeerClient, stream: MessageStream, left: Int) {
    var settings = named("server")
    settings.window = 70_000
    let server = try await server(world, settings)
    let client = try await client(world)
    let stream = try await client.connect(to: server.address).open()
    let filled = try await fill(world, stream)
    // And the end of the stream.
    return (server, client, stream, filled - 70_000 / 1_016 + 1)
  }

  private static func closingTwice(_ world: any TestWorld) async throws {
    let (server, client, stream, left) = try await full(world)
    async let first = client.close(within: .milliseconds(500))
    await world.sleep(.milliseconds(50))
    #expect(await client.close(within: .seconds(60)) == left)
    #expect(await first == left)
    await #expect(throws: PeerError.closed) { try await stream.send([1]) }
    await server.close()
  }

  private static func cancelledClose(_ world: any TestWorld) async throws {
    let (server, client, stream, left) = try await full(world)
    await withTaskGroup(of: Int.self) { group in
      group.addTask { await client.close(within: .seconds(600)) }
      await world.sleep(.milliseconds(50))
      group.cancelAll()
      let told = await group.next()
      #expect(told == left)
    }
    #expect(await client.close() == left)
    await #expect(throws: PeerError.closed) { try await stream.send([1]) }
    await server.close()
  }

  private static func closedSenders(_ world: any TestWorld) async throws {
    let (server, client, stream, _) = try await full(world)
    async let sent: Void = stream.send(message(7_777))
    await world.sleep(.milliseconds(50))
    async let closed = client.close(within: .seconds(60))
    await world.sleep(.milliseconds(50))
    // There is room again, but nothing more is sent.
    let theirs = try await server.accept()
    while try await theirs.receive() != nil {}
    #expect(await closed == 0)
    do {
      try await sent
      Issue.record("there was no room")
    } catch { #expect(error as? PeerError == .closed) }
    await server.close()
  }

  private static func lettingGoAlone(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    let peer = try await client.connect(to: server.address)
    func isOver() async throws -> Bool {
      try await peer.hub.ask { desk, stage, _, promise in
        promise.settle(.success(desk.desks.isEmpty && stage.streams(of: peer.identity).isEmpty))
      }
    }
    // Before all is confirmed, and after.
    for isConfirmed in [false, true] {
      var stream: MessageStream? = try await peer.open()
      for number in 0..<20 { try await stream?.send(message(number)) }
      try await stream?.finish()
      if isConfirmed { await world.sleep(.milliseconds(200)) }
      stream = nil
      let theirs = try await server.accept()
      try await eventually(world, isOver)
      for number in 0..<20 { #expect(try await theirs.receive()?.bytes == message(number)) }
      #expect(try await theirs.receive() == nil)
      try await theirs.finish()
    }
    await client.close()
    await server.close()
  }

  private static func cancelledConnect(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    let address = server.address
    let peer = try await client.connect(to: address)
    await withTaskGroup(of: PeerError?.self) { group in
      group.addTask {
        do throws(PeerError) {
          _ = try await client.connect(to: address, peer: client.identity, within: .seconds(600))
          return nil
        } catch { return error }
      }
      await world.sleep(.milliseconds(50))
      group.cancelAll()
      let error = await group.next()
      #expect(error == .cancelled)
    }
    let isOver: Bool = try await peer.hub.ask { desk, stage, _, promise in
      promise.settle(.success(desk.waiting == 0 && stage.lines.count == 1))
    }
    #expect(isOver)
    await client.close()
    await server.close()
  }
}
