import Glibc
import MixHost
import MixNet
import SimNet

/// A file of the kind of `plugins.toml` whose chain and stage tables the simulated nodes use.
///
/// What belongs to one node and to the simulation lies on top of it, as an operator's environment does: names, addresses,
/// the network file, workers, and the sizes of memory.
struct ChainFile: Sendable {
  /// The file's name, as it was given.
  let path: String
  let text: String
  /// The chains of a node, the first of which takes the clients' packets if the file does not say otherwise.
  private(set) var chains: [Chain] = []

  struct Chain: Sendable {
    let name: String
    let hasDatagrams: Bool
    let stages: [String]
  }

  /// The folder of the file service `store` of `[next_hop]`; nil when there is none.
  var storeFolder: String? {
    text.firstMatch(of: /"store=file:([^"]+)"/).map { String($0.1) }
  }

  /// Chains that a node listens with have ports from here on.
  static let firstPort: UInt16 = 9_101
  static let firstDatagramPort: UInt16 = 9_201

  /// Reads the file and loads it once, for a node of a small network.
  /// - Throws: the mistakes as the loader tells them, one a line.
  init(reading path: String, crypto: CryptoKind) throws(WrongWords) {
    guard let text = Self.read(path) else { throw WrongWords(sentence: "'\(path)' cannot be read") }
    (self.path, self.text) = (path, text)
    let world = SimWorld(seed: SimSeed(0))
    let hosts = (0..<3).map { world.host(named: "mix-\($0 + 1)") }
    let node = SimNode(0, on: hosts[0], plan: MixPlan(hosts, SimSeed(0), crypto, seconds: 60, chain: self))
    do throws(SimNode.BootFailure) {
      chains = try node.load().blueprint.plans.map {
        Chain(name: $0.name, hasDatagrams: $0.datagrams != nil, stages: $0.stageNames)
      }
    } catch {
      throw WrongWords(sentence: error.description, isAboutWords: false)
    }
  }

  /// Sees to it that the workload finds what it needs: packets of Sphinx in the first chain, and services that answer and take.
  func expectServices() throws(WrongWords) {
    guard chains.first?.stages.contains("sphinx") == true else {
      throw WrongWords(sentence: "the first chain of '\(path)' must take Sphinx packets: decode = [\"sphinx\"]")
    }
    let services = text.firstMatch(of: /(?m)^\s*services\s*=\s*\[([^\]]*)\]/).map { String($0.1) } ?? ""
    for service in ["echo", "sink"] where !services.contains("\"\(service)\"") {
      throw WrongWords(
        sentence: "the clients need the service '\(service)': add it to 'services' of [next_hop] in '\(path)'")
    }
  }

  /// The variables that lie on top for one node.
  func environment(
    _ node: NetworkDirectory.Node, host: SimHost, workers: Int, tagsMax: Int, poolSize: Int
  ) -> [(String, String)] {
    var variables = [
      ("HEARSAY_NODE_NAME", node.name), ("HEARSAY_NODE_NETWORK", "../network.json"), ("HEARSAY_NODE_STATE", "state"),
      ("HEARSAY_PIPELINE_WORKERS", "\(workers)"), ("HEARSAY_PIPELINE_POOL_SIZE", "\(poolSize)"),
      ("HEARSAY_PIPELINE_BATCH_SIZE", "16"), ("HEARSAY_PIPELINE_MAX_QUEUE_DEPTH", "\(MixPlan.queueDepth)"),
      ("HEARSAY_LINKS_LINKS_MAX", "\(MixPlan.linksMax)"),
      ("HEARSAY_CLIENTS_LISTEN", host.address(port: MixPlan.clientPort).description),
    ]
    for (number, chain) in chains.enumerated() {
      let name = chain.name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
      let listen = host.address(port: Self.firstPort + UInt16(number))
      variables.append(("HEARSAY_CHAIN_\(name)_LISTEN", listen.description))
      if chain.hasDatagrams {
        let datagrams = host.address(port: Self.firstDatagramPort + UInt16(number))
        variables.append(("HEARSAY_CHAIN_\(name)_DATAGRAMS", datagrams.description))
      }
    }
    if chains.contains(where: { $0.stages.contains("replay") }) {
      variables.append(("HEARSAY_REPLAY_TAGS_MAX", "\(tagsMax)"))
      // Nodes are killed and start again.
      if !saysWhatIsKept {
        variables += [("HEARSAY_REPLAY_DURABLE", "true"), ("HEARSAY_REPLAY_WAIT_MAX_MS", "5000")]
      }
    }
    return variables
  }

  /// Whether the file itself says how tags are kept.
  var saysWhatIsKept: Bool {
    var isReplay = false
    return text.split(separator: "\n").contains { line in
      if let header = line.firstMatch(of: /^\s*\[\s*"?([A-Za-z0-9_-]+)"?\s*[\].]/) { isReplay = header.1 == "replay" }
      return isReplay && line.contains(/^\s*"?(durable|file)"?\s*=/) || line.contains(/^\s*replay\s*[.=]/)
    }
  }

  /// Whether the nodes use datagrams.
  var hasDatagrams: Bool { chains.contains { $0.hasDatagrams } }

  /// At most 2 MiB of text.
  private static func read(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { _ = Glibc.close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= 2 << 20 {
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[0..<count]
    }
    return nil
  }
}
