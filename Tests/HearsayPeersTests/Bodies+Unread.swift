import FacadeWorlds
import HearsayRuntime
import MixNet
import Testing

@testable import HearsayPeers
@testable import Messages

/// What was confirmed to a peer that is gone can be received, and only behind it comes the end, or the error.
extension Bodies {
  static let everything = all + ending + unread

  static let unread = [
    Body("what was said to its end outlives its peer", saidToTheEnd),
    Body("what was broken off outlives its peer", brokenOff),
    Body("what nobody has accepted outlives its peer", notAccepted),
    Body("what was confirmed outlives a restart", restartedUnread),
    Body("what is too much is dropped, and told", tooMuchUnread),
    Body("what was given up is not received", givenUpUnread),
    Body("streams of one name are two", sameName),
  ]

  private static func quickToForget(_ name: String) -> PeerSettings {
    var settings = named(name)
    settings.forget = .milliseconds(400)
    return settings
  }

  private static func forgotten(_ world: any TestWorld, by server: PeerServer) async throws {
    try await eventually(world) { try await server.peers.isEmpty }
  }

  private static func expect(_ range: Range<Int>, on stream: MessageStream) async throws {
    for number in range { #expect(try await stream.receive()?.bytes == message(number)) }
  }

  /// A client that says all that it has to say, and is told that all of it is confirmed; the server takes its time.
  private static func saidToTheEnd(_ world: any TestWorld) async throws {
    let server = try await server(world, quickToForget("server"))
    let client = try await client(world)
    let stream = try await client.connect(to: server.address).open()
    for number in 0..<100 { try await stream.send(message(number)) }
    let theirs = try await server.accept()
    try await stream.finish()
    try await expect(0..<1, on: theirs)
    #expect(await client.close() == 0)
    try await expect(1..<2, on: theirs)
    try await forgotten(world, by: server)
    try await expect(2..<100, on: theirs)
    for _ in 0..<2 { #expect(try await theirs.receive() == nil) }
    await #expect(throws: PeerError.streamGone(Unconfirmed())) { try await theirs.send([1]) }
    // It has gone, and had everything.
    try await theirs.finish()
    await server.close()
  }

  /// The client dies, and is forgotten: what it was told to be confirmed is there, and that is not all that it had to say.
  private static func brokenOff(_ world: any TestWorld) async throws {
    let server = try await server(world, quickToForget("server"))
    var client: PeerClient? = try await client(world)
    let stream = try await client?.connect(to: server.address).open()
    for number in 0..<100 { try await stream?.send(message(number)) }
    try await stream?.flush()
    let theirs = try await server.accept()
    try await theirs.send([7])
    try await theirs.flush()
    client = nil
    try await forgotten(world, by: server)
    await #expect(throws: PeerError.peerLost(Unconfirmed(first: 1))) { try await theirs.send([8]) }
    try await expect(0..<100, on: theirs)
    for _ in 0..<2 {
      await #expect(throws: PeerError.peerLost(Unconfirmed(first: 1))) { try await theirs.receive() }
    }
    withExtendedLifetime(stream) {}
    await server.close()
  }

  /// Streams wait to be accepted longer than their peer is known: those on which there is something to receive are kept.
  private static func notAccepted(_ world: any TestWorld) async throws {
    let server = try await server(world, quickToForget("server"))
    let client = try await client(world)
    let peer = try await client.connect(to: server.address)
    var streams: [MessageStream] = []
    for number in 0..<4 {
      streams.append(try await peer.open())
      if number < 2 { for other in 0..<10 { try await streams[number].send(message(10 * number + other)) } }
      if number % 2 == 0 { try await streams[number].finish() }
      try await streams[number].flush()
    }
    #expect(await client.close() == 0)
    try await forgotten(world, by: server)
    let first = try await server.accept()
    try await expect(0..<10, on: first)
    #expect(try await first.receive() == nil)
    // To close is to finish.
    let second = try await server.accept()
    try await expect(10..<20, on: second)
    #expect(try await second.receive() == nil)
    for _ in 2..<4 { #expect(try await server.accept().receive() == nil) }
    await server.close()
  }

  private static func restartedUnread(_ world: any TestWorld) async throws {
    let server = try await server(world)
    var client: PeerClient? = try await client(world)
    let peer = try #require(try await client?.connect(to: server.address))
    let (ended, open, late) = (try await peer.open(), try await peer.open(), try await peer.open())
    for stream in [ended, open, late] {
      for number in 0..<20 { try await stream.send(message(number)) }
      if stream !== open { try await stream.finish() }
      try await stream.flush()
    }
    let theirs = [try await server.accept(), try await server.accept()]
    try await eventually(world) {
      try await peer.hub.ask { _, stage, _, promise in
        promise.settle(.success(stage.unconfirmed(of: peer.identity) == 0))
      }
    }
    // A reader that waits, and one that comes later.
    try await expect(0..<20, on: theirs[1])
    async let waits = theirs[1].receive()
    try await expect(0..<5, on: theirs[0])
    client = nil
    let again = try await startAgain(world)
    _ = try await again.connect(to: server.address)
    do {
      _ = try await waits
      Issue.record("it has begun anew")
    } catch { #expect(error as? PeerError == .peerRestarted(Unconfirmed())) }
    try await expect(5..<20, on: theirs[0])
    #expect(try await theirs[0].receive() == nil)
    let third = try await server.accept()
    try await expect(0..<20, on: third)
    #expect(try await third.receive() == nil)
    await again.close()
    await server.close()
  }

  /// The same client, once the old one has left its machine.
  private static func startAgain(_ world: any TestWorld) async throws -> PeerClient {
    for _ in 0..<600 {
      do { return try await client(world) } catch { await world.sleep(.milliseconds(50)) }
    }
    throw Failed("it does not start")
  }

  /// Of what may be kept the oldest goes first, of streams that nobody has accepted before the others.
  private static func tooMuchUnread(_ world: any TestWorld) async throws {
    var settings = quickToForget("server")
    settings.unreadMax = 0
    // As much as may wait on one stream: two of these.
    settings.window = 130_000
    settings.messageMax = 32_768
    let server = try await server(world, settings)
    let client = try await client(world)
    let peer = try await client.connect(to: server.address)
    var streams: [MessageStream] = []
    for stream in 0..<4 {
      streams.append(try await peer.open())
      for number in 0..<70 { try await streams[stream].send(message(number)) }
      try await streams[stream].flush()
    }
    let theirs = [try await server.accept(), try await server.accept()]
    #expect(await client.close() == 0)
    try await forgotten(world, by: server)
    // 71,120 for each, and at most 197,584: two of four are kept.
    for stream in theirs {
      try await expect(0..<70, on: stream)
      #expect(try await stream.receive() == nil)
    }
    for _ in 2..<4 {
      let late = try await server.accept()
      for _ in 0..<2 { await #expect(throws: PeerError.unreadDropped) { try await late.receive() } }
    }
    await server.close()
  }

  private static func givenUpUnread(_ world: any TestWorld) async throws {
    let server = try await server(world, quickToForget("server"))
    let client = try await client(world)
    let peer = try await client.connect(to: server.address)
    var streams: [MessageStream] = []
    for number in 0..<2 {
      streams.append(try await peer.open())
      try await streams[number].send(message(number))
      try await streams[number].finish()
      try await streams[number].flush()
    }
    let theirs = [try await server.accept(), try await server.accept()]
    await world.sleep(.milliseconds(100))
    theirs[0].reset()
    await #expect(throws: PeerError.refused(.noStream)) { try await theirs[0].receive() }
    await client.close()
    try await forgotten(world, by: server)
    theirs[1].reset()
    await #expect(throws: PeerError.streamGone(Unconfirmed())) { try await theirs[1].receive() }
    await server.close()
  }

  /// After a restart a stream has the name of one that was lost: who still holds that one does nothing to it.
  private static func sameName(_ world: any TestWorld) async throws {
    let server = try await server(world)
    var client: PeerClient? = try await client(world)
    _ = try await client?.connect(to: server.address)
    try await eventually(world) { try await server.peers.count == 1 }
    let peer = try await #require(server.peers.first)
    var old: [MessageStream] = []
    for _ in 0..<3 {
      old.append(try await peer.open())
      try await old.last?.send([1])
      try await old.last?.flush()
    }
    client = nil
    let again = try await startAgain(world)
    _ = try await again.connect(to: server.address)
    await #expect(throws: PeerError.peerRestarted(Unconfirmed(first: 1))) { try await old[0].receive() }
    let fresh = [try await peer.open(), try await peer.open(), try await peer.open()]
    for number in 0..<3 { try await fresh[number].send(message(number)) }
    await #expect(throws: PeerError.peerRestarted(Unconfirmed(first: 1))) { try await old[0].send([2]) }
    old[1].reset()
    old = []
    for number in 0..<3 {
      let theirs = try await again.accept()
      #expect(try await theirs.receive()?.bytes == message(number))
      try await theirs.send([UInt8(number)])
      #expect(try await fresh[number].receive()?.bytes == [UInt8(number)])
    }
    await again.close()
    await server.close()
  }
}
