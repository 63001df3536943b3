import FacadeWorlds
import HearsayRuntime
import MixNet
import Testing

@testable import HearsayPeers
@testable import Messages

extension Body: CustomTestStringConvertible {}

/// What servers and clients do, whatever world they are in.
enum Bodies {
  static let all = [
    Body("echo", echo), Body("bytes", bytes), Body("closing sends what is queued", closing),
    Body("cancelling loses nothing", cancelling), Body("a restart is told", restart),
    Body("a server opens streams too", serverOpens), Body("nobody answers", nobody), Body("backpressure", backpressure),
    Body("classes", classes), Body("a stream is given up", reset), Body("many at once", many),
    Body("what is let go is closed", lettingGo),
  ]

  static func message(_ number: Int, _ size: Int = 1_000) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
      + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: max(0, size - 2))
  }

  static func named(_ name: String) -> PeerSettings {
    var settings = PeerSettings()
    settings.name = name
    settings.patience = .milliseconds(300)
    return settings
  }

  static func server(_ world: any TestWorld, _ settings: PeerSettings = named("server")) async throws -> PeerServer {
    let (runtime, address) = world.machine("server")
    return try await PeerServer.listen(on: address, settings, on: runtime)
  }

  static func client(_ world: any TestWorld, _ settings: PeerSettings = named("client")) async throws -> PeerClient {
    try await PeerClient.start(settings, on: world.machine(settings.name ?? "client").runtime)
  }

  /// Sends back what comes on one stream.
  static func serveEcho(_ server: PeerServer) async throws {
    let stream = try await server.accept()
    for try await message in stream { try await stream.send(message.bytes) }
    try await stream.finish()
    try await stream.flush()
  }

  private static func echo(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    let peer = try await client.connect(to: server.address)
    #expect(peer.identity == server.identity)
    #expect(try await client.connect(to: server.address, peer: server.identity) == peer)
    async let served: Void = serveEcho(server)
    let stream = try await peer.open()
    for number in 0..<100 { try await stream.send(message(number)) }
    for number in 0..<100 { #expect(try await stream.receive() == PeerMessage(message(number))) }
    try await stream.finish()
    #expect(try await stream.receive() == nil)
    try await served
    #expect(try await server.peers.map(\.identity) == [client.identity])
    #expect(await client.close() == 0)
    #expect(await server.close() == 0)
    await #expect(throws: PeerError.closed) { try await peer.open() }
  }

  private static func bytes(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    let file = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    async let came = {
      let bytes = ByteStream(try await server.accept())
      var came: [UInt8] = []
      while let part = try await bytes.read(upTo: 5_000) {
        #expect((1...5_000).contains(part.count))
        came += part
      }
      try await bytes.write([7])
      try await bytes.finish()
      try await bytes.flush()
      return came
    }()
    let bytes = ByteStream(try await client.connect(to: server.address).open())
    try await bytes.write(file)
    try await bytes.finish()
    #expect(try await came == file)
    #expect(try await bytes.read(upTo: 9) == [7])
    #expect(try await bytes.read(upTo: 9) == nil)
    await client.close()
    await server.close()
  }

  /// A client that says what it has to say and goes.
  private static func closing(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    let stream = try await client.connect(to: server.address).open()
    for number in 0..<50 { try await stream.send(message(number)) }
    #expect(await client.close() == 0)
    let theirs = try await server.accept()
    for number in 0..<50 { #expect(try await theirs.receive()?.bytes == message(number)) }
    #expect(try await theirs.receive() == nil)
    await #expect(throws: PeerError.self) { try await stream.send([1]) }
    async let accepted = server.accept()
    await world.sleep(.milliseconds(50))
    await server.close()
    do {
      _ = try await accepted
      Issue.record("nothing was to be accepted")
    } catch { #expect(error as? PeerError == .closed) }
  }

  private static func cancelling(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    let stream = try await client.connect(to: server.address).open()
    try await stream.send([0])
    let theirs = try await server.accept()
    #expect(try await theirs.receive()?.bytes == [0])
    // Tasks that wait for a message are cancelled, and the message goes to one that is not.
    for number in 1..<20 as Range<UInt8> {
      await withTaskGroup(of: PeerError?.self) { group in
        group.addTask {
          do throws(PeerError) {
            _ = try await theirs.receive()
            return nil
          } catch { return error }
        }
        if number % 2 == 0 { await world.sleep(.milliseconds(5)) }
        group.cancelAll()
        let error = await group.next()
        #expect(error == .cancelled)
      }
      try await stream.send([number])
      #expect(try await theirs.receive()?.bytes == [number])
    }
    // So are those that wait for room: what they would have sent is not sent.
    let sent = try await fill(world, stream)
    await withTaskGroup(of: PeerError?.self) { group in
      group.addTask {
        do throws(PeerError) {
          try await stream.send(message(7_777))
          return nil
        } catch { return error }
      }
      await world.sleep(.milliseconds(20))
      group.cancelAll()
      let error = await group.next()
      #expect(error == .cancelled)
    }
    try await stream.finish()
    for number in 0..<sent { #expect(try await theirs.receive()?.bytes == message(number)) }
    #expect(try await theirs.receive() == nil)
    let waiting: Int = try await stream.peer.hub.ask { desk, _, _, promise in promise.settle(.success(desk.waiting)) }
    #expect(waiting == 0)
    await client.close()
    await server.close()
  }

  /// Sends until there is no room, and none comes.
  static func fill(_ world: any TestWorld, _ stream: MessageStream, from first: Int = 0) async throws -> Int {
    var count = first
    for _ in 0..<5 {
      while try await stream.offer(message(count)) == .queued { count += 1 }
      await world.sleep(.milliseconds(40))
    }
    return count
  }

  private static func restart(_ world: any TestWorld) async throws {
    var server: PeerServer? = try await server(world)
    let address = try #require(server?.address)
    let client = try await client(world)
    let peer = try await client.connect(to: address)
    let stream = try await peer.open()
    for number in 0..<5 { try await stream.send(message(number)) }
    try await stream.flush()
    server = nil
    try await eventually(world) { try await !peer.isConnected }
    for number in 5..<8 { try await stream.send(message(number)) }
    let again = try await startAgain(world, address)
    let expected = PeerError.peerRestarted(Unconfirmed(first: 5, messages: (5..<8).map { message($0) }))
    await #expect(throws: expected) { try await stream.receive() }
    await #expect(throws: expected) { try await stream.flush() }
    await #expect(throws: expected) { try await stream.send([1]) }
    // It is the same peer, and one can talk with it again.
    let fresh = try await peer.open()
    try await fresh.send([42])
    #expect(try await again.accept().receive()?.bytes == [42])
    await client.close()
    await again.close()
  }

  /// The old one has gone when its port is free.
  private static func startAgain(_ world: any TestWorld, _ address: Address) async throws -> PeerServer {
    for _ in 0..<600 {
      do throws(PeerError) {
        return try await PeerServer.listen(on: address, named("server"), on: world.machine("server").runtime)
      } catch { await world.sleep(.milliseconds(50)) }
    }
    throw Failed("the port stays taken")
  }

  static func eventually(_ world: any TestWorld, _ isSo: () async throws -> Bool) async throws {
    for _ in 0..<3_000 {
      if try await isSo() { return }
      await world.sleep(.milliseconds(10))
    }
    throw Failed("it never came to be")
  }

  private static func serverOpens(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    _ = try await client.connect(to: server.address)
    try await eventually(world) { try await server.peers.count == 1 }
    let stream = try await #require(server.peers.first).open()
    // Who has opened a stream need not be the one that speaks.
    let theirs = try await client.accept()
    #expect(theirs.peer.identity == server.identity)
    try await theirs.send([1])
    #expect(try await stream.receive()?.bytes == [1])
    await server.close()
    await client.close()
  }

  private static func nobody(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let address = server.address
    let client = try await client(world)
    // It is there, but it is not the one that was asked for.
    await #expect(throws: PeerError.unreachable(.mismatch)) {
      try await client.connect(to: address, peer: client.identity, within: .seconds(2))
    }
    await server.close()
    await #expect(throws: PeerError.unreachable(.refused)) {
      try await client.connect(to: address, within: .seconds(2))
    }
    await #expect(throws: PeerError.unreachable(.unresolved)) {
      try await client.connect(to: .name("..", port: 9), within: .seconds(2))
    }
    #expect(try await client.peers.isEmpty)
    var settings = named("a b")
    await #expect(throws: PeerError.cannotStart("'a b' cannot be a node's name")) {
      try await PeerClient.start(settings, on: world.machine("other").runtime)
    }
    settings = named("other")
    settings.window = 100
    await #expect(throws: PeerError.self) { try await PeerClient.start(settings, on: world.machine("other").runtime) }
    await client.close()
    await #expect(throws: PeerError.closed) { try await client.connect(to: address) }
  }

  private static func backpressure(_ world: any TestWorld) async throws {
    var settings = named("server")
    settings.window = 70_000
    let server = try await server(world, settings)
    let client = try await client(world)
    let stream = try await client.connect(to: server.address).open()
    // What may wait to be confirmed, and what the window holds.
    let filled = try await fill(world, stream)
    #expect(filled == 262_144 / 1_000 + 70_000 / 1_016)
    let theirs = try await server.accept()
    async let last: Void = stream.send(message(filled))
    for number in 0...filled { #expect(try await theirs.receive()?.bytes == message(number)) }
    try await last
    try await stream.flush()
    await client.close()
    await server.close()
  }

  private static func classes(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    let stream = try await client.connect(to: server.address).open()
    #expect(try await stream.offer([1], as: .lossy) == .queued)
    #expect(try await stream.offer([2], as: .control) == .queued)
    #expect(try await stream.offer([3]) == .queued)
    let large = [UInt8](repeating: 0, count: 32_769)
    #expect(try await stream.offer(large) == .dropped(.tooLarge))
    await #expect(throws: PeerError.refused(.tooLarge)) { try await stream.send(large) }
    let theirs = try await server.accept()
    var came: [PeerMessage] = []
    for _ in 0..<3 { if let message = try await theirs.receive() { came.append(message) } }
    #expect(came.contains(PeerMessage([1], .lossy)))
    #expect(came.contains(PeerMessage([2], .control)))
    #expect(came.contains(PeerMessage([3])))
    try await stream.finish()
    #expect(try await stream.offer([4]) == .dropped(.noStream))
    await client.close()
    await server.close()
  }

  private static func reset(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    let stream = try await client.connect(to: server.address).open()
    try await stream.send([1])
    let theirs = try await server.accept()
    try await theirs.send([2])
    try await theirs.flush()
    stream.reset()
    await #expect(throws: PeerError.streamGone(Unconfirmed(first: 1))) {
      while try await theirs.receive() != nil {}
    }
    await #expect(throws: PeerError.refused(.noStream)) { try await stream.send([3]) }
    await client.close()
    await server.close()
  }

  /// Eight clients with four streams each.
  private static func many(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let address = server.address
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<32 {
            let stream = try await server.accept()
            group.addTask {
              for try await message in stream { try await stream.send(message.bytes) }
              try await stream.finish()
              try await stream.flush()
            }
          }
          try await group.waitForAll()
        }
      }
      for number in 0..<8 {
        group.addTask {
          let client = try await client(world, named("client-\(number)"))
          let peer = try await client.connect(to: address)
          try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
              let stream = try await peer.open()
              group.addTask {
                for number in 0..<50 {
                  try await stream.send(message(number))
                  #expect(try await stream.receive()?.bytes == message(number))
                }
                try await stream.finish()
                #expect(try await stream.receive() == nil)
              }
            }
            try await group.waitForAll()
          }
          await client.close()
        }
      }
      try await group.waitForAll()
    }
    await server.close()
  }

  private static func lettingGo(_ world: any TestWorld) async throws {
    let server = try await server(world)
    let client = try await client(world)
    let peer = try await client.connect(to: server.address)
    // One that was ended goes on until all has come.
    var stream: MessageStream? = try await peer.open()
    for number in 0..<20 { try await stream?.send(message(number)) }
    try await stream?.finish()
    stream = nil
    let first = try await server.accept()
    for number in 0..<20 { #expect(try await first.receive()?.bytes == message(number)) }
    #expect(try await first.receive() == nil)
    try await first.finish()
    // One that was not is given up.
    stream = try await peer.open()
    try await stream?.send([1])
    let second = try await server.accept()
    stream = nil
    await #expect(throws: PeerError.streamGone(Unconfirmed())) { while try await second.receive() != nil {} }
    try await eventually(world) {
      try await peer.hub.ask { desk, stage, _, promise in
        promise.settle(.success(desk.desks.isEmpty && stage.streams(of: peer.identity).isEmpty))
      }
    }
    await client.close()
    await server.close()
  }
}
