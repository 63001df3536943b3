import MixHost
import MixNet

/// Configs as a host and stage authors write them, for the tests of this folder.
struct DelayConfig {
  let mean: Int
  let epoch: Nanos
  let jitter: Double
  let isOn: Bool

  init(from t: inout ConfigTable) {
    mean = t.int("mean_delay_ms", default: 50, in: 1...60_000, "mean of the delay that a packet gets here")
    epoch = t.milliseconds("epoch_ms", default: 1000, in: 10...3_600_000, "how long one seed of the function lasts")
    jitter = t.float("jitter", default: 0.5, in: 0...1, "share of the delay that is drawn anew at each hop")
    isOn = t.bool("enabled", default: true, "whether the stage takes part")
  }
}

struct PoolConfig {
  enum Strategy: String, CaseIterable { case timed, threshold, adaptive }
  let strategy: Strategy
  let size: Int
  let bytes: Int

  init(from t: inout ConfigTable) {
    strategy = t.choice("strategy", default: .timed, "what makes the pool release")
    size = t.int("size", default: 64, in: 1 ... .max, "packets that the pool holds")
    bytes = t.size("memory_max", default: 1 << 20, in: 4096...(1 << 30), "what the pool may take")
    if isSetTooSmall(t) { t.mistake(at: "memory_max", "'memory_max' is too small for 'size'") }
  }

  private func isSetTooSmall(_ t: ConfigTable) -> Bool { t.isSet("memory_max") && bytes / 4096 < size }
}

struct NodeConfig {
  let name: String
  let state: String
  let region: String?
  let key: [UInt8]?

  init(from t: inout ConfigTable) {
    name = t.string("name", required: "", length: 1...64, "the node's name in the network")
    state = t.path("state", default: "state", "folder of keys and tables")
    region = t.choice("region", of: ["eu", "us"], "where the node stands")
    key = t.bytes("key", count: 4, "the network's secret")
  }
}

struct ChainConfig {
  let listen: Address
  let peers: [Address]
  let decode: [String]
  let verify: [ConfigItem]
  let mix: [ConfigItem]

  init(from t: inout ConfigTable) {
    listen = t.address("listen", required: .loopback(port: 0), "where the chain accepts links")
    peers = t.addresses("peers", count: 0...3, "whom the chain dials")
    decode = t.requiredStrings("decode", count: 1...2, "the stages that read headers")
    verify = t.items("verify", default: ["replay"], "the stages that drop what is wrong")
    mix = t.items("mix", "the stages that hold packets")
  }
}

/// What a host does with a file: node, chains, the stages that they list.
struct LoadedConfig {
  let file: ConfigFile
  let node: NodeConfig
  var chains: [ChainConfig] = []
  let delay: DelayConfig
  var pools: [PoolConfig] = []

  init(_ text: String, _ environment: [(String, String)] = []) {
    file = ConfigFile(
      text: text, environment: environment,
      shortNames: [ShortName("POOL_SIZE", sets: "size", in: "pool"), ShortName("NODE_NAME", sets: "name", in: "node")])
    var node = file.table("node")
    self.node = NodeConfig(from: &node)
    for (index, var chain) in file.instances(of: "chain").enumerated() {
      if index == 0 { file.shortName("NODE_PORT", sets: "listen", in: "chain.\(chain.name)") }
      chains.append(ChainConfig(from: &chain))
    }
    var delay = file.table("vrf_delay", as: .stage)
    self.delay = DelayConfig(from: &delay)
    let linked = ["cover_traffic", "gossip", "pool", "replay", "reputation", "sphinx", "vrf_delay"]
    for item in chains.flatMap({ $0.mix + $0.verify }) {
      let type = String(item.text.prefix { $0 != "/" })
      if !linked.contains(type) {
        let list = linked.joined(separator: ", ")
        file.mistake(
          at: item.position,
          "no stage type '\(type)' in this binary\(didYouMean(type, in: linked)) (linked: \(list))")
      }
      guard type == "pool" else { continue }
      var pool = file.table(item.text, as: .stage)
      pools.append(PoolConfig(from: &pool))
    }
    file.finish()
  }

  var mistakes: [String] { file.mistakes.map(\.description) }

  /// A file without mistakes; what a test wants to see goes on top.
  static let good = """
    [node]
    name = "mix-1"

    [chain.mix]
    listen = "127.0.0.1:9001"
    decode = ["sphinx"]
    mix = ["pool", "pool/fast"]

    """
}
