import MixHost
import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// A real mix is killed after each job of its disk, and a little later; then everything that was ever sent to it is sent again.
@Suite struct CrashPointTests {
  private static let count = 20

  private func sendAll(_ scene: CrashScene, _ packets: [[UInt8]]) throws {
    scene.world.run(for: .s(1))
    try scene.attachAgain()
    for packet in packets + packets { scene.send(packet) }
    scene.world.run(for: .s(3))
  }

  struct Crash: CustomTestStringConvertible {
    let how: SimHost.Crash
    let rest: Nanos
    var testDescription: String { "\(how), \(rest.ns / 1_000) us later" }
  }
  private static let crashes = [SimHost.Crash.killed, .power].flatMap { how in
    ([0, 40, 700, 2_500] as [UInt64]).map { Crash(how: how, rest: .us($0)) }
  }

  @Test("fault 19: replayed after a crash at any job of the disk", arguments: crashes)
  func nothingIsLetThroughTwice(_ crash: Crash) throws {
    var (ends, again, job) = (0, 0, 1)
    while true {
      let scene = try CrashScene(UInt64(100 + job))
      let packets = try scene.packets(Self.count)
      guard scene.live(packets, jobs: job, then: crash.rest, crash.how) else { break }
      let before = scene.passed[0].count
      try scene.mixes[0].restart()
      try sendAll(scene, packets)
      #expect(scene.passed[0].most <= 1, "after job \(job)")
      // What had not left may leave now: at most the packets of two records, which the disk had and nobody knew, do not.
      #expect(scene.passed[0].count >= Self.count - 8, "after job \(job)")
      again += scene.passed[0].count - before
      // The second life ends in the midst of it, and there is a third.
      scene.mixes[0].crash(crash.how)
      try scene.mixes[0].restart()
      try sendAll(scene, packets)
      #expect(scene.passed[0].most == 1 && scene.passed[1].most == 1, "after job \(job)")
      let copies = scene.status(1)?.chains[0].dropped.first { $0.reason == "replayed" }?.count ?? 0
      #expect(copies == 0, "the next mix got a packet twice")
      ends += 1
      job += 1
    }
    #expect(ends > 15 && again > 10 * ends / 2, "\(ends) crashes")
  }

  @Test func theSameSeedGivesTheSameTrace() throws {
    func trace() throws -> Bytes32 {
      let scene = try CrashScene(5)
      let packets = try scene.packets(Self.count)
      #expect(scene.live(packets, jobs: 6, then: .us(40), .power))
      try scene.mixes[0].restart()
      try sendAll(scene, packets)
      return scene.world.trace.digest
    }
    let (one, other) = (try trace(), try trace())
    #expect(one == other)
  }

  /// Without `durable` a mix that was killed does not start again, whenever that was.
  @Test("fault 19: a key without its tags is retired", arguments: [SimHost.Crash.killed, .power])
  func aKilledMixIsRefused(_ how: SimHost.Crash) throws {
    for rest in [0, 500, 3_000, 20_000] as [UInt64] {
      let scene = try CrashScene(3, replay: "")
      let packets = try scene.packets(Self.count)
      for packet in packets.prefix(10) { scene.send(packet) }
      scene.world.run(for: .us(rest))
      scene.mixes[0].crash(how)
      #expect(throws: (any Error).self) { try scene.mixes[0].restart() }
      let failure = scene.mixes[0].bootFailure.map { "\($0)" } ?? ""
      #expect(failure.contains("retired") && failure.contains(CrashScene.tags), "\(failure)")
    }
  }

  /// After a stop in good order all is as it was, again and again.
  @Test func aStoppedMixKnowsItsPackets() throws {
    let scene = try CrashScene(4, replay: "")
    let packets = try scene.packets(4 * Self.count)
    for round in 0..<3 {
      for packet in packets.prefix(Self.count * (round + 1)) { scene.send(packet) }
      scene.world.run(for: .s(1))
      // The answers to two of five are packets too.
      #expect(scene.passed[0].count == Self.count * (round + 1) * 7 / 5)
      scene.stop(0)
      try #require(scene.world.run(for: .s(20)) { !scene.mixes[0].isUp })
      try scene.mixes[0].restart()
      try sendAll(scene, Array(packets.prefix(Self.count * (round + 1))))
      #expect(scene.passed[0].most == 1 && scene.passed[0].count == Self.count * (round + 1) * 7 / 5)
    }
  }

  /// Tags that a disk has damaged are not taken for tags.
  @Test("fault 15: a damaged file of tags is refused") func damagedTagsAreRefused() throws {
    let scene = try CrashScene(6)
    for packet in try scene.packets(Self.count) {
      scene.send(packet)
      scene.world.run(for: .ms(10))
    }
    scene.mixes[0].crash(.killed)
    let disk = scene.mixes[0].disk
    let path = try #require(disk.paths.first { $0.hasPrefix(CrashScene.tags) })
    let bytes = try disk.read(path, limit: 1 << 20).bytes
    var tried = 0
    for place in stride(from: 0, to: bytes.count - 200, by: 41) {
      tried += 1
      var damaged = bytes
      damaged[place] ^= 4
      disk.install(damaged, at: path)
      #expect(throws: (any Error).self) { try scene.mixes[0].restart() }
      #expect("\(scene.mixes[0].bootFailure.map { "\($0)" } ?? "")".contains("damaged"), "byte \(place)")
    }
    #expect(tried == 31)
    disk.install(bytes, at: path)
    try scene.mixes[0].restart()
  }
}
