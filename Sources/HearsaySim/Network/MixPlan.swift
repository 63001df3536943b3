import MixHost
import MixNet
import SimNet
import Sphinx
import VRFDelay

/// A network of mixes in layers: its directory, and each node's secret key, all from a seed.
struct MixPlan {
  /// What such a network is like, where it is not as usual.
  struct Shape {
    var layers = 3
    /// Packets that a node can hold.
    var poolSize = 256
    /// Packets that a node must remember; nil: what the usual workload sends.
    var packetsPerNode: Int?
    /// How the nodes keep what they have seen over a restart: lines of `[replay]`. A slow disk makes packets late rather than lost.
    var replay = "durable = true\nwait_max_ms = 5_000"
    /// What delays packets, and what stands under `mix`.
    var delay = "sphinx_delay"
    var mix: String?
    /// What stands under `verify` and `observe`.
    var verify = ["replay"]
    var observe: [String] = []
    /// Tables of stages that are not as usual.
    var tables = ""
    /// A cluster through which the nodes of the last layer publish.
    var cluster: ClusterPlan?
  }

  /// Where a node's chain listens, and where it takes clients.
  static let chainPort: UInt16 = 9_001
  static let clientPort: UInt16 = 9_002
  /// Links that a node has at most; those of this network and of its adversaries are fewer.
  static let linksMax = 128
  /// Packets that may wait for one link of a node.
  static let queueDepth = 256
  /// The folder of a node on its host's disk.
  static let folder = "/node"
  /// Where a node's service `store` puts files, as the node's file says.
  private static let stored = "stored"

  let directory: NetworkDirectory
  /// Which packets it carries.
  let crypto: CryptoKind
  private let secrets: [SphinxSecretKey]
  private let workers: [Int]
  /// Packets that a node can remember: more than come in the time that a run takes.
  private let tagsMax: Int
  /// The nodes of each layer, by number.
  let layers: [[Int]]
  private let shape: Shape

  private let chain: ChainFile?
  /// Who talks with whom beside the mix.
  let talk: TalkPlan
  /// What each node holds its links to, where it is not nothing.
  private let limits: [NodeLimits]

  /// A network of one node on each of the hosts, for so many seconds; its chains are those of a file, if one is given.
  init(
    _ hosts: [SimHost], _ seed: SimSeed, _ crypto: CryptoKind, seconds: Int, chain: ChainFile? = nil,
    talk: TalkPlan = TalkPlan(), shape: Shape = Shape(), limits: [NodeLimits] = []
  ) {
    var random = seed.stream(.workload(Workload.plan))
    var nodes: [NetworkDirectory.Node] = []
    var secrets: [SphinxSecretKey] = []
    var workers: [Int] = []
    var layers = [[Int]](repeating: [], count: shape.layers)
    for (number, host) in hosts.enumerated() {
      let secret = SphinxSecretKey(random: &random)
      let address = Bytes32(words: [random.next(), random.next(), random.next(), random.next()])
      workers.append(1 + Int(random.below(2)))
      // Wall clocks may jump by days: the key is good for all of them.
      let key = NetworkDirectory.Key(
        purpose: "sphinx", bytes: crypto.publicKey(of: secret, file: Self.keyFile(secret)), from: 0, until: .max)
      let proofs = Self.proofKey(secret, chain?.text ?? shape.delay).map {
        NetworkDirectory.Key(purpose: "vrf", bytes: $0.publicKey.bytes, from: 0, until: .max)
      }
      nodes.append(
        NetworkDirectory.Node(
          name: host.name, layer: number % shape.layers, address: address,
          chains: Self.chains(chain, on: host), clients: host.address(port: Self.clientPort),
          keys: [key] + (proofs.map { [$0] } ?? [])))
      secrets.append(secret)
      layers[number % shape.layers].append(number)
    }
    directory = NetworkDirectory(nodes: nodes, payloadSize: SphinxSize.regular.payload)
    tagsMax = min(max(8_192, shape.packetsPerNode ?? 600 * seconds / max(1, hosts.count)), 1 << 22)
    (self.chain, self.talk, self.shape, self.limits) = (chain, talk, shape, limits)
    storeFolder = Self.storeFolder(chain)
    (self.crypto, self.secrets, self.workers, self.layers) = (crypto, secrets, workers, layers)
  }

  private static func chains(_ file: ChainFile?, on host: SimHost) -> [(name: String, address: Address)] {
    guard let file, !file.chains.isEmpty else { return [("mix", host.address(port: chainPort))] }
    return file.chains.enumerated().map { ($1.name, host.address(port: ChainFile.firstPort + UInt16($0))) }
  }

  private static func keyFile(_ secret: SphinxSecretKey) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    var span = bytes.mutableSpan
    secret.reveal(into: &span)
    return Array((Hex.text(bytes) + "\n").utf8)
  }

  /// The key of a node's proofs, where among the stages is the one that makes them. It follows from the node's other key: no
  /// draw of a run moves.
  private static func proofKey(_ secret: SphinxSecretKey, _ stages: String) -> VRFSecretKey? {
    guard stages.contains("vrf_delay") else { return nil }
    return VRFSecretKey(proofSeed(secret).span)
  }

  private static func proofSeed(_ secret: SphinxSecretKey) -> [UInt8] {
    Fingerprint.of(Array("vrf".utf8) + keyFile(secret)).array
  }

  /// Puts a node's files on its host's disk, as an operator does before the first start and after the disk was lost.
  func install(_ number: Int, on host: SimHost) {
    var text = text(number) + talk.text(number, on: host)
    if let cluster = shape.cluster, directory.nodes[number].layer == shape.layers - 1 {
      text += cluster.text(on: host, from: ["mix"])
      cluster.install(on: host, in: Self.folder + "/state")
    }
    host.disk.install(Array(text.utf8), at: Self.folder + "/plugins.toml")
    host.disk.install(Self.keyFile(secrets[number]), at: Self.folder + "/state/sphinx.key")
    if Self.proofKey(secrets[number], chain?.text ?? shape.delay) != nil {
      host.disk.install(Array(Hex.text(Self.proofSeed(secrets[number])).utf8), at: Self.folder + "/state/vrf.key")
    }
  }

  /// The folder in which the service `store` puts files; nil when there is no such service.
  let storeFolder: String?

  private static func storeFolder(_ chain: ChainFile?) -> String? {
    guard let chain else { return "\(folder)/state/\(stored)" }
    return chain.storeFolder.map { $0.hasPrefix("/") ? $0 : "\(folder)/state/\($0)" }
  }

  /// The paths of a node's own files.
  static let ownFiles = [folder + "/plugins.toml", folder + "/state/sphinx.key", folder + "/state/vrf.key"]

  /// How the path of a file begins in which a node keeps the tags of the packets that it has seen.
  static let tagFiles = folder + "/state/replay."

  /// What messages about a node's file call it.
  var fileName: String { chain?.path ?? "plugins.toml" }

  /// What lies on top of a node's file.
  func environment(_ number: Int, on host: SimHost) -> [(String, String)] {
    chain?.environment(
      directory.nodes[number], host: host, workers: workers[number], tagsMax: tagsMax, poolSize: shape.poolSize) ?? []
  }

  private func text(_ number: Int) -> String {
    if let chain { return chain.text }
    let node = directory.nodes[number]
    // Messages for services and for clients that are away end in the last layer: nobody else's disk has work.
    let isLast = node.layer == shape.layers - 1
    let services =
      #""echo", "sink""# + (isLast ? #", "store=file:\#(Self.stored)""# : "")
      + (isLast && shape.cluster != nil ? ", " + ClusterPlan.serviceText : "")
    return """
      [node]
      name = "\(node.name)"
      network = "../network.json"

      [pipeline]
      workers = \(workers[number])
      pool_size = \(shape.poolSize)
      batch_size = 16
      max_queue_depth = \(Self.queueDepth)

      [links]
      links_max = \(Self.linksMax)
      \(limits.isEmpty ? "" : limits[number].lines.joined(separator: "\n"))
      [chain.mix]
      listen = "\(node.listens("mix")?.description ?? "")"
      decode = ["sphinx"]
      verify = \(shape.verify)
      delay = ["\(shape.delay)"]
      \(shape.mix.map { "mix = [\"\($0)\"]\n" } ?? "")forward = ["next_hop"]\(shape.observe.isEmpty ? "" : "\nobserve = \(shape.observe)")

      [next_hop]
      services = [\(services)]

      [mailbox]
      file = "\(isLast ? "mailbox" : "")"

      [clients]
      listen = "\(node.clients?.description ?? "")"

      [replay]
      tags_max = \(tagsMax)
      \(shape.replay)
      \(shape.tables)
      """
  }

  /// One node of each layer, each as likely as the others of its layer.
  func route(_ random: inout RandomStream) -> [Int] { Self.route(layers, &random) }

  /// One node of each of some layers.
  static func route(_ layers: [[Int]], _ random: inout RandomStream) -> [Int] {
    layers.map { $0[Int(random.below(UInt64($0.count)))] }
  }
}
