import Glibc
import MixNet
import Testing

@testable import MixHost

/// A node that has nothing to do now sleeps, whatever waits for it.
@Suite struct IdleTests {
  /// A worker that goes round and round takes all of this time; one that sleeps and looks now and then takes next to none.
  private static let window: UInt32 = 150_000

  private func expectSleep(_ node: TestNode, at location: SourceLocation = #_sourceLocation) throws {
    let before = try node.ofWorkers { _ in threadTime() }
    usleep(Self.window)
    let after = try node.ofWorkers { _ in threadTime() }
    for (start, end) in zip(before, after) {
      #expect(end - start < UInt64(Self.window) * 1_000 / 4, sourceLocation: location)
    }
  }

  /// A mix of which all but a few slots are taken by packets that wait for long, `clients` that are made to wait, and one
  /// of them who has been cut off meanwhile.
  private func fullMix() throws -> (MixNetwork, [ClientWire]) {
    let network = try MixNetwork(
      2, workers: 2, pipeline: "pool_size = 256\nbatch_size = 16\ndrain_max_ms = 60_000")
    let place = try network[0].address("clients")
    let factory = try PacketFactory(network)
    let packets = try (0..<400).map { _ in
      raw(
        [ClientProtocol.Kind.packet.rawValue]
          + (try factory.packet(request([1]), along: [0, 1], to: "sink", delay: .s(10))))
    }.flatMap { $0 }
    let clients = try (1...4).map { try ClientWire(place, clientKey($0)) }
    var sent = [Int](repeating: 0, count: clients.count)
    try eventually("all clients wait") {
      for (number, client) in clients.enumerated() {
        sent[number] += client.wire.offer(Array(packets[sent[number]..<min(packets.count, sent[number] + 100_000)]))
      }
      return try network[0].chain()[.pauses] >= 4 && network[0].chain().held > 150
    }
    clients[0].wire.reset()
    return (network, clients)
  }

  @Test func waitingClients() throws {
    let (network, clients) = try fullMix()
    try expectSleep(network[0])
    network.kill(0)
    for client in clients { client.wire.close() }
  }

  /// The stop waits for packets that are held; the clients wait with it, and some of them leave.
  @Test func stopThatWaits() throws {
    let (network, clients) = try fullMix()
    let mix = try network[0]
    mix.stop()
    try eventually("it has begun") { try mix.status().isStopping }
    clients[1].wire.reset()
    clients[2].wire.finish()
    try expectSleep(mix)
    mix.stop(atOnce: true)
    _ = try mix.ended()
    try settled(mix)
    clients[3].wire.close()
  }

  /// The next hop is down, another one takes nothing.
  @Test func linksThatAreDown() throws {
    let network = try MixNetwork(
      3, workers: 2, extra: "[links]\nlink_age_max_ms = 60_000\nreconnect_min_ms = 60_000\nreconnect_max_ms = 60_000",
      starting: false)
    let mix = try network.start(0)
    let silent = try Listener(try #require(network.directory.nodes[1].listens("mix")), window: 4_096)
    let factory = try PacketFactory(network)
    let source = try PeerWire(try mix.address("mix"))
    for hop in [1, 2] { source.send(try factory.packet(request([1]), along: [0, hop], to: "sink")) }
    let stalled = try PeerWire(accepting: try silent.accept(), as: network.address(1))
    try eventually("it blocks, and the other one is down") {
      for _ in 0..<20 { source.send(try factory.packet(request([1]), along: [0, 1], to: "sink")) }
      let links = try mix.status().links
      return links.contains { $0.state == "up" && $0.isDialled && $0.queued > 0 }
        && links.contains { $0.state == "resting" }
    }
    try expectSleep(mix)
    network.kill(0)
    stalled.wire.close()
  }
}

/// What the calling thread has taken of the processor, in nanoseconds.
private func threadTime() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
