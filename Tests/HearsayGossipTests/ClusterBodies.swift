import FacadeWorlds
import HearsayGossip
import HearsayRuntime
import LinuxNet
import MixNet
import Testing

extension Body: CustomTestStringConvertible {}

/// What nodes of a cluster do, whatever world they are in.
enum ClusterBodies {
  static let all = [
    Body("messages come to all", toAll), Body("in order", inOrder), Body("a large message", large),
    Body("who does not read loses the oldest", slow), Body("publishing waits for room", waiting),
    Body("a cancel loses nothing", cancelling), Body("history", history), Body("leaving", leaving),
    Body("what cannot be", refusals),
  ]

  private static let key = Bytes32((0..<32).map { UInt8($0) })

  /// A port of this machine that nobody has; the simulated machines have their own.
  static func place(_ address: Address) throws -> Address {
    guard address.port == 0 else { return address }
    let network = try EpollNetwork()
    let listener = try network.listen(address, backlog: 1)
    defer { network.close(listener) }
    return try #require(network.address(of: listener))
  }

  static func join(
    _ world: any TestWorld, _ name: String, _ seeds: [GossipNode] = [],
    _ change: (inout ClusterSettings) -> Void = { _ in }
  ) async throws -> GossipNode {
    let (runtime, address) = world.machine(name)
    var settings = ClusterSettings(key: key)
    settings.name = name
    settings.seeds = seeds.map(\.address)
    settings.poolSize = 1_024
    change(&settings)
    return try await GossipNode.join(settings, listen: try place(address), on: runtime)
  }

  /// So many nodes that know each other.
  static func cluster(
    _ world: any TestWorld, _ count: Int = 3, _ change: (inout ClusterSettings) -> Void = { _ in }
  ) async throws -> [GossipNode] {
    var nodes: [GossipNode] = []
    for number in 0..<count { nodes.append(try await join(world, "n\(number)", Array(nodes.prefix(1)), change)) }
    for node in nodes {
      try await wait(world) {
        let members = try await node.members
        return members.count { $0.status == .alive } == count && members.contains { $0.isNeighbour }
      }
    }
    return nodes
  }

  static func wait(_ world: any TestWorld, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<1_200 {
      if try await condition() { return }
      await world.sleep(.milliseconds(50))
    }
    throw Failed("it has not come to be within a minute")
  }

  static func take(_ count: Int, of messages: ClusterMessages) async -> [ClusterMessage] {
    var all: [ClusterMessage] = []
    for await message in messages {
      all.append(message)
      if all.count == count { break }
    }
    return all
  }

  static func leave(_ nodes: [GossipNode]) async { for node in nodes { await node.leave() } }

  // MARK: The bodies

  private static func toAll(_ world: any TestWorld) async throws {
    let nodes = try await cluster(world)
    var readers: [ClusterMessages] = []
    for node in nodes { readers.append(try await node.subscribe("news")) }
    let others = try await nodes[0].subscribe("others")
    for number in 0..<50 {
      for (place, node) in nodes.enumerated() { try await node.publish([UInt8(place), UInt8(number)], to: "news") }
    }
    try await nodes[1].publish([1], to: "others", priority: .critical)
    for reader in readers {
      let came = await take(150, of: reader)
      #expect(Set(came.map(\.bytes)).count == 150)
      for (place, node) in nodes.enumerated() {
        #expect(came.filter { $0.origin == node.identity }.allSatisfy { $0.bytes.first == UInt8(place) })
      }
    }
    let other = await take(1, of: others).first
    #expect(other?.bytes == [1] && other?.priority == .critical)
    let members = try await nodes[2].members
    #expect(members.first?.isSelf == true && members.first?.identity == nodes[2].identity)
    #expect(Set(members.map(\.identity)) == Set(nodes.map(\.identity)))
    #expect(Set(members.map(\.address)) == Set(nodes.map(\.address)))
    await leave(nodes)
  }

  private static func inOrder(_ world: any TestWorld) async throws {
    let nodes = try await cluster(world) { $0.isOrdered = true }
    let reader = try await nodes[2].subscribe("news")
    for number in 0..<100 { try await nodes[number % 2].publish([UInt8(number)], to: "news") }
    let came = await take(100, of: reader)
    for node in nodes.prefix(2) {
      let numbers = came.filter { $0.origin == node.identity }.map(\.bytes[0])
      #expect(numbers.count == 50 && numbers == numbers.sorted())
    }
    await leave(nodes)
  }

  private static func large(_ world: any TestWorld) async throws {
    let nodes = try await cluster(world)
    let reader = try await nodes[1].subscribe("files")
    var random = RandomStream(seed: Seed(1, 2, 3, 4))
    let file = (0..<1_000_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    try await nodes[0].publish(file, to: "files", priority: .bulk)
    #expect(await take(1, of: reader).first?.bytes == file)
    await leave(nodes)
  }

  private static func slow(_ world: any TestWorld) async throws {
    let nodes = try await cluster(world)
    let quick = try await nodes[1].subscribe("news")
    let slow = try await nodes[1].subscribe("news", bufferBytes: 11_280)
    for number in 0..<100 {
      try await nodes[0].publish([UInt8(number)] + [UInt8](repeating: 0, count: 999), to: "news")
    }
    let all = await take(100, of: quick)
    #expect(all.allSatisfy { $0.lostBefore == 0 })
    let left = await take(10, of: slow)
    #expect(left.first?.lostBefore == 90 && left.dropFirst().allSatisfy { $0.lostBefore == 0 })
    // What is left is the newest.
    #expect(left.map(\.bytes) == all.suffix(10).map(\.bytes))
    await leave(nodes)
  }

  private static func waiting(_ world: any TestWorld) async throws {
    let nodes = try await cluster(world) { $0.publishBytes = 65_536 }
    let reader = try await nodes[1].subscribe("news")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<300 {
        group.addTask {
          try await nodes[0].publish(
            [UInt8(number >> 8), UInt8(number & 255)] + [UInt8](repeating: 1, count: 20_000), to: "news")
        }
      }
      try await group.waitForAll()
    }
    #expect(Set(await take(300, of: reader).map(\.bytes)).count == 300)
    await leave(nodes)
  }

  private static func cancelling(_ world: any TestWorld) async throws {
    let nodes = try await cluster(world, 2)
    let reader = try await nodes[1].subscribe("news")
    for number in 0..<20 {
      // A group's tasks run where the test does: in a simulated world, on its thread.
      let came = await withTaskGroup(of: ClusterMessage?.self) { group in
        group.addTask { await take(1, of: reader).first }
        if number % 2 == 0 { await world.sleep(.milliseconds(1)) }
        group.cancelAll()
        return await group.next() ?? nil
      }
      #expect(came == nil)
    }
    for number in 0..<20 { try await nodes[0].publish([UInt8(number)], to: "news") }
    #expect(Set(await take(20, of: reader).map(\.bytes)).count == 20)
    await leave(nodes)
  }

  private static func history(_ world: any TestWorld) async throws {
    let nodes = try await cluster(world, 2)
    let first = try await nodes[1].subscribe("news")
    for number in 0..<10 { try await nodes[0].publish([UInt8(number)], to: "news") }
    _ = await take(10, of: first)
    let late = try await nodes[1].subscribe("news", withHistory: true)
    #expect(Set(await take(10, of: late).map(\.bytes)).count == 10)
    await leave(nodes)
  }

  private static func leaving(_ world: any TestWorld) async throws {
    let nodes = try await cluster(world)
    let reader = try await nodes[2].subscribe("news")
    try await nodes[0].publish([7], to: "news")
    #expect(await take(1, of: reader).map(\.bytes) == [[7]])
    async let reading = take(1, of: reader)
    await nodes[2].leave()
    #expect(await reading.isEmpty)
    try await wait(world) {
      try await nodes[0].members.first { $0.identity == nodes[2].identity }?.status == .left
    }
    for body in [
      { try await nodes[2].publish([1], to: "news") }, { _ = try await nodes[2].members },
      { _ = try await nodes[2].subscribe("news") },
    ] as [() async throws -> Void] {
      do {
        try await body()
        Issue.record("the node has left")
      } catch { #expect(error as? ClusterError == .closed) }
    }
    await leave(nodes)
  }

  private static func refusals(_ world: any TestWorld) async throws {
    let node = try await join(world, "alone")
    for bytes: [UInt8] in [[], [UInt8](repeating: 0, count: GossipNode.messageMax + 1)] {
      do {
        try await node.publish(bytes, to: "news")
        Issue.record("\(bytes.count) bytes were published")
      } catch { #expect(error == .wrongSize) }
    }
    await node.leave()
    for name in ["", "a b", "\"", String(repeating: "a", count: 65)] {
      do {
        _ = try await join(world, "other") { $0.name = name }
        Issue.record("'\(name)' was taken")
      } catch { #expect("\(error)".contains("name")) }
    }
    do {
      _ = try await join(world, "other") { $0.dictionaries = [[1, 2, 3]] }
      Issue.record("no dictionary was taken")
    } catch { #expect("\(error)".contains("dictionary")) }
  }
}
