import MixNet
import Synchronization
import Testing

@testable import MixHost
@testable import SimNet

/// Some unchanged nodes in one world, that send each other letters over links between peers.
final class Town {
  let world: SimWorld
  let hosts: [SimHost]
  let posts: [Post]
  let addresses: [Bytes32]
  /// Tables that every node has besides.
  let extra: String
  private let pool: Int
  private var nodes: [Node?]

  static let port: UInt16 = 9_001

  /// `count` nodes that do not run yet.
  init(
    _ seed: UInt64, _ count: Int, extra: String = "", pool: Int = 512,
    _ change: (inout WorldSettings) -> Void = { _ in }
  ) {
    var settings = WorldSettings()
    change(&settings)
    let world = SimWorld(seed: SimSeed(seed), settings: settings)
    self.world = world
    self.extra = extra
    self.pool = pool
    hosts = (0..<count).map { world.host(named: "n\($0)") }
    posts = (0..<count).map { _ in Post() }
    addresses = (0..<count).map { Bytes32([UInt8(truncatingIfNeeded: $0 + 1), UInt8($0 >> 8)]) }
    nodes = [Node?](repeating: nil, count: count)
  }

  /// The network file: each node under its address, at its host, unless `moved` says otherwise.
  private func directory(_ moved: [Int: (Bytes32?, Address?)]) -> NetworkDirectory {
    NetworkDirectory(
      nodes: hosts.indices.map { number in
        NetworkDirectory.Node(
          name: "n\(number)", layer: 0, address: moved[number]?.0 ?? addresses[number],
          chains: [("post", moved[number]?.1 ?? hosts[number].address(port: Self.port))], clients: nil, keys: [])
      })
  }

  /// Starts a node on its host, or on another one, with the network as `moved` has it.
  func start(_ number: Int, on host: SimHost? = nil, moved: [Int: (Bytes32?, Address?)] = [:]) throws {
    let host = host ?? hosts[number]
    let listed = directory(moved)
    let file = ConfigFile(
      text: """
        [node]
        name = "n\(number)"
        network = "network.json"
        [chain.post]
        listen = "\(host.address(port: Self.port))"
        decode = ["letter"]
        forward = ["deliver"]
        [pipeline]
        workers = 1
        pool_size = \(pool)
        \(extra)
        """)
    let loader = NodeLoader(
      registry: Registry([.letters(posts[number])]), files: host.disk, wall: host.clock.wall, base: ".",
      directory: { _ in .success(listed) })
    let blueprint = try #require(loader.load(file).blueprint, "\(file.mistakes)")
    try host.boot { [unowned self] environments in
      let node = Node(blueprint, seed: environments[0].entropy.seed())
      nodes[number] = node
      return [try node.makeWorker(0, environment: environments[0])]
    }
  }

  func startAll() throws { for number in hosts.indices { try start(number) } }

  func stop(_ number: Int, atOnce: Bool = false) { nodes[number]?.stop(atOnce: atOnce) }

  /// A letter from one node to another: its number, and some bytes more.
  func send(_ letter: UInt32, from: Int, to: Int, size: Int = 64) {
    posts[from].send(Self.letter(letter, size: size), to: addresses[to])
  }

  static func letter(_ number: UInt32, size: Int = 64) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } + pattern(size - 4, from: Int(number))
  }

  private static func number(of bytes: [UInt8]) -> UInt32 { bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }

  /// The numbers of the letters that have come to a node whole.
  func letters(at number: Int) -> [UInt32] {
    posts[number].came.compactMap { bytes in
      let letter = Self.number(of: bytes)
      return bytes == Self.letter(letter, size: bytes.count) ? letter : nil
    }
  }

  /// How things stand at a node.
  func status(_ number: Int) throws -> NodeStatus {
    let answer = Mutex<NodeStatus?>(nil)
    nodes[number]?.status { status in answer.withLock { $0 = status } }
    _ = world.run(for: .s(1)) { answer.withLock { $0 != nil } }
    return try #require(answer.withLock { $0 }, "node \(number) does not answer")
  }

  /// Whether letters go from a node to another, within so much time; each try sends one more.
  func reaches(_ from: Int, _ to: Int, within span: Nanos = .s(10), letter: UInt32 = 77_000_000) -> Bool {
    let before = posts[to].count
    let end = world.now + span
    var next = letter
    while world.now < end {
      send(next, from: from, to: to)
      next += 1
      if world.run(for: .ms(250), until: { posts[to].count > before }) { return true }
    }
    return false
  }

  /// All nodes send to all others at once, again and again, for at most so long: the pairs of which the second has heard nothing of
  /// the first. Letters have the numbers from `letter` on.
  func apart(after span: Nanos, letter first: UInt32) -> [String] {
    let count = hosts.count
    var pairs = (0..<count * count).filter { $0 / count != $0 % count }
    let heard = posts.map(\.count)
    let end = world.now + span
    var round: UInt32 = 0
    while !pairs.isEmpty, world.now < end {
      for pair in pairs {
        send(first + round * UInt32(count * count) + UInt32(pair), from: pair / count, to: pair % count)
      }
      round += 1
      world.run(for: .ms(250))
      var came = [Bool](repeating: false, count: count * count)
      for (post, heard) in zip(posts, heard) {
        for letter in post.came[heard...].map(Self.number(of:)) where letter >= first {
          came[Int(letter - first) % (count * count)] = true
        }
      }
      pairs.removeAll { came[$0] }
    }
    return pairs.map { "\($0 / count) to \($0 % count)" }
  }

  /// How many of a node's connections have ended, or connects failed, for this reason.
  func closed(_ number: Int, _ reason: CloseReason) throws -> Int {
    try status(number).linksClosed.first { $0.reason == reason.name }?.count ?? 0
  }

  /// Slots of a node that are neither free nor on their way home, packets that it holds or that wait for links.
  func underWay(_ number: Int) throws -> Int {
    let chain = try #require(try status(number).chains.first)
    return chain.held + chain.queued
  }
}
