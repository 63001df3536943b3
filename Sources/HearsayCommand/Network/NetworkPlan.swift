import CSodium
import LinuxNet
import MixHost
import MixNet
import Sphinx
import VRFDelay

/// A network to be made: which nodes, in which layers, at which addresses, with which features.
struct NetworkPlan {
  /// What the nodes' chain has.
  enum Feature: String, CaseIterable {
    /// Sphinx packets, replay protection, the sender's delays, clients. Without it: the plain relay.
    case sphinx
    /// Delays that nobody can predict and everybody can audit, in place of the sender's.
    case vrfDelay = "vrf_delay"
    /// Peers that follow from each node's VRF, and senders that go by them.
    case vrfPeers = "vrf_peers"
    /// Packets that carry nothing, among those that do.
    case coverTraffic = "cover_traffic"
  }

  var nodes: Int
  var features: [Feature]
  /// The first port; each node has two, one for its chain and one for clients. Nil: ports that are free now.
  var firstPort: UInt16?
  /// Tables that every node's file gets besides: what a demo needs to be small.
  var extra = ""
  var tagsMax: Int?
  /// Whether nodes outlive being killed: packets wait for the disk.
  var isDurable = false
  var workers: Int?
  var verify = ["replay"]
  /// How many peers a node chooses: where layers are larger than two, not all of the next one.
  var peers: Int {
    let layer = (nodes + 2) / 3
    return min(layer, max(2, (layer + 1) / 2))
  }
  var services = ["echo", "sink", "inbox=file:inbox"]

  /// Writes the network into a folder that does not exist yet or is empty.
  func write(to folder: String, now: WallTime) throws(CommandError) -> NetworkDirectory {
    do {
      try makeFolder(folder)
      var random = RandomStream(seed: SystemEntropy().seed())
      var made: [NetworkDirectory.Node] = []
      let ports = try choosePorts()
      for number in 0..<nodes { made.append(try makeNode(number, ports, folder, now, &random)) }
      let size = features.contains(.sphinx) ? SphinxSize.regular.payload : nil
      // Drawn when all keys are there: what follows from the list was not known when they were made.
      let salt = Bytes32(words: [random.next(), random.next(), random.next(), random.next()])
      let directory = NetworkDirectory(nodes: made, payloadSize: size, salt: salt)
      try writeFile("\(folder)/network.json", Array(NetworkFile.text(directory).utf8), mode: 0o644)
      for (number, node) in made.enumerated() {
        let file = text(of: node, number, in: directory)
        try writeFile("\(folder)/\(node.name)/plugins.toml", Array(file.utf8), mode: 0o644)
      }
      return directory
    } catch let error as CommandError { throw error } catch { throw CommandError("\(error)") }
  }

  /// Two ports for each node: for its chain and for clients.
  private func choosePorts() throws(CommandError) -> [UInt16] {
    if let firstPort { return (0..<2 * nodes).map { firstPort &+ UInt16(truncatingIfNeeded: $0) } }
    return try Self.freePorts(2 * nodes)
  }

  /// Ports of this machine that nobody has. All are held open at once, so that no two are the same.
  static func freePorts(_ count: Int) throws(CommandError) -> [UInt16] {
    let network: EpollNetwork
    do { network = try EpollNetwork() } catch { throw CommandError("\(error)") }
    var random = RandomStream(seed: SystemEntropy().seed())
    var ports: [UInt16] = []
    var listeners: [ListenerID] = []
    defer { for listener in listeners { network.close(listener) } }
    for _ in 0..<1_000 where ports.count < count {
      let port = ownPorts.lowerBound + UInt16(random.below(UInt64(ownPorts.count)))
      guard let listener = try? network.listen(.loopback(port: port), backlog: 1) else { continue }
      listeners.append(listener)
      ports.append(port)
    }
    guard ports.count == count else { throw CommandError("no free ports in \(ownPorts)") }
    return ports
  }

  /// Below those that the system gives to whoever asks for any: one of these might be gone before the node listens.
  private static let ownPorts: ClosedRange<UInt16> = 10_000...32_000

  private func makeNode(
    _ number: Int, _ ports: [UInt16], _ folder: String, _ now: WallTime, _ random: inout RandomStream
  ) throws -> NetworkDirectory.Node {
    let name = (features.contains(.sphinx) ? "mix" : "relay") + "-\(number + 1)"
    let state = "\(folder)/\(name)/state"
    try makeFolder(state, mode: 0o700)
    var address = [UInt8](repeating: 0, count: 32)
    var span = address.mutableSpan
    random.fill(&span)
    var keys: [NetworkDirectory.Key] = []
    if features.contains(.sphinx) {
      let key = SphinxSecretKey(random: &random)
      try writeKey(to: "\(state)/sphinx.key") { key.reveal(into: &$0) }
      // Whether the chain uses it or not: then one line of the configuration turns its stage on.
      let proofs = VRFSecretKey(random: &random)
      try writeKey(to: "\(state)/vrf.key") { proofs.reveal(into: &$0) }
      for (purpose, bytes) in [("sphinx", key.publicKey), ("vrf", proofs.publicKey.bytes)] {
        keys.append(
          .init(purpose: purpose, bytes: bytes, from: now.seconds - Self.day, until: now.seconds + 365 * Self.day))
      }
    }
    let chain = features.contains(.sphinx) ? "mix" : "relay"
    return NetworkDirectory.Node(
      name: name, layer: layer(number), address: Bytes32(address),
      chains: [(chain, .loopback(port: ports[2 * number]))],
      clients: features.contains(.sphinx) ? .loopback(port: ports[2 * number + 1]) : nil, keys: keys)
  }

  /// Three layers, filled in turn; fewer where there are fewer nodes.
  func layer(_ number: Int) -> Int { number % min(3, nodes) }

  private static let day: Int64 = 86_400

  /// Writes the 32 bytes that `reveal` gives.
  private func writeKey(to path: String, _ reveal: (inout MutableSpan<UInt8>) -> Void) throws {
    var secret = [UInt8](repeating: 0, count: 32)
    var text = [UInt8](repeating: 0x0a, count: 65)
    defer {
      Self.wipe(&secret)
      Self.wipe(&text)
    }
    var span = secret.mutableSpan
    reveal(&span)
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
    for i in 0..<32 {
      text[2 * i] = digit(secret[i] >> 4)
      text[2 * i + 1] = digit(secret[i] & 15)
    }
    try writeFile(path, text, mode: 0o600, isNew: true)
  }

  /// Overwrites secrets in a way that no compiler removes.
  static func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { unsafe sodium_memzero($0.baseAddress, $0.count) }
  }

  // MARK: The nodes' files

  private func text(of node: NetworkDirectory.Node, _ number: Int, in directory: NetworkDirectory) -> String {
    var lines = [
      "[node]", "name = \"\(node.name)\"", "network = \"../network.json\"", "",
    ]
    if let workers { lines += ["[pipeline]", "workers = \(workers)", ""] }
    lines += features.contains(.sphinx) ? mixTables(node) : relayTables(node, number, in: directory)
    return (lines + [extra]).joined(separator: "\n")
  }

  private func mixTables(_ node: NetworkDirectory.Node) -> [String] {
    let delay = features.contains(.vrfDelay) ? "vrf_delay" : "sphinx_delay"
    let verify = (features.contains(.vrfPeers) ? ["vrf_peers"] : []) + self.verify
    var lines = [
      "[chain.mix]", "listen = \"\(node.listens("mix")?.description ?? "")\"", "decode = [\"sphinx\"]",
      "verify = [\(verify.map { "\"\($0)\"" }.joined(separator: ", "))]", "delay = [\"\(delay)\"]",
      "forward = [\"next_hop\"]",
    ]
    if features.contains(.coverTraffic) { lines.append("mix = [\"cover_traffic\"]") }
    lines += [
      "", "[next_hop]", "services = [\(services.map { "\"\($0)\"" }.joined(separator: ", "))]", "",
    ]
    if features.contains(.vrfPeers) { lines += ["[vrf_peers]", "peers = \(peers)", ""] }
    if let clients = node.clients { lines += ["[clients]", "listen = \"\(clients)\"", ""] }
    if tagsMax != nil || isDurable {
      lines.append("[replay]")
      if let tagsMax { lines.append("tags_max = \(tagsMax)") }
      if isDurable { lines.append("durable = true") }
      lines.append("")
    }
    return lines
  }

  private func relayTables(_ node: NetworkDirectory.Node, _ number: Int, in directory: NetworkDirectory) -> [String] {
    let place = number == nodes - 1 ? "exit" : number == 0 ? "entry" : "middle"
    var lines = [
      "[chain.relay]", "listen = \"\(node.listens("relay")?.description ?? "")\"", "decode = [\"plain\"]",
      "forward = [\"circuit\"]", "", "[circuit]", "type = \"\(place)\"",
    ]
    if number < nodes - 1, let next = directory.nodes[number + 1].listens("relay") {
      lines.append("next = \"\(next)\"")
    }
    if place == "exit" { lines.append("service = \"echo\"") }
    return lines + [""]
  }
}
