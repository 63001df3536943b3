import Foundation
import HearsayGossip
import HearsayRuntime
import LinuxNet
import MixHost
import MixNet
import Testing

/// A thread on which several nodes live.
@Suite struct SharedThreadTests {
  /// How many threads of this process have the name.
  private func threads(_ name: String) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count { task in
      // One may end between the list and the look.
      (try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)) == name + "\n"
    }
  }

  private func runtime(on thread: SharedThread, _ storage: FileStorage) -> NodeRuntime {
    NodeRuntime(
      entropy: SystemEntropy(), wall: { SystemClock().wall },
      run: { node, began, ended in
        thread.run(
          node,
          environment: {
            Environment(network: $0, clock: SystemClock(), entropy: SystemEntropy(), storage: storage)
          }, began: began, ended: ended)
      })
  }

  private func settings(_ seeds: [Address] = []) -> ClusterSettings {
    var settings = ClusterSettings(key: Fingerprint.of("a key of this test"))
    settings.seeds = seeds
    return settings
  }

  /// One thread for all; a node that cannot start, and one that leaves, are the others' loss of nothing; and the thread ends with the last of
  /// them, once nobody can bring another one.
  @Test(.timeLimit(.minutes(5))) func itLivesAsLongAsItsNodes() async throws {
    let name = "shared-test"
    let storage = try FileStorage()
    defer { storage.stop() }
    var thread: SharedThread? = SharedThread(name)
    #expect(try threads(name) == 0, "the first node starts it")
    var world = Optional(runtime(on: try #require(thread), storage))
    let first = try await GossipNode.join(settings(), listen: try place(), on: try #require(world))
    let second = try await GossipNode.join(
      settings([first.address]), listen: try place(), on: try #require(world))
    #expect(try threads(name) == 1)
    await #expect(throws: ClusterError.self, "the port is taken") {
      _ = try await GossipNode.join(settings(), listen: first.address, on: try #require(world))
    }
    let news = try await second.subscribe("news")
    try await meet(first, second)
    try await first.publish(Array("hello".utf8), to: "news")
    for await message in news {
      #expect(message.bytes == Array("hello".utf8))
      break
    }
    await first.leave()
    // A place that is free is taken again.
    let third = try await GossipNode.join(
      settings([second.address]), listen: try place(), on: try #require(world))
    try await meet(second, third)
    (thread, world) = (nil, nil)
    #expect(try threads(name) == 1, "two nodes still live on it")
    await second.leave()
    await third.leave()
    for _ in 0..<500 where try threads(name) > 0 { try await Task.sleep(for: .milliseconds(20)) }
    #expect(try threads(name) == 0)
  }

  private func place() throws -> Address { try ClusterBodies.place(.loopback(port: 0)) }

  private func meet(_ one: GossipNode, _ other: GossipNode) async throws {
    while try await !one.members.contains(where: { $0.identity == other.identity && $0.status == .alive }) {
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}
