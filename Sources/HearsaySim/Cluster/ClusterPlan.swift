import MixNet
import SimNet

/// A gossip cluster beside a simulated mix: what stands in its members' files. Members are the mixes of the last layer, which publish what their
/// service takes, and nodes with no chain but this one.
struct ClusterPlan: Sendable {
  static let chain = "cluster"
  static let port: UInt16 = 9_004
  /// The service of a mix of the last layer, and the topic under which it publishes.
  static let service = "news"
  static let topic = "news"
  private static let keyFile = "cluster.key"

  /// Where new members ask for others.
  let seed: Address
  /// Messages say who published them.
  var namesOrigin = true
  /// Of equal payloads in a topic only the first is published.
  var byContent = false

  /// Where a host's member listens.
  static func address(of host: SimHost) -> Address { host.address(port: port) }

  /// What `[next_hop]` lists.
  static let serviceText = "\"\(service)=publish:\(chain)/\(topic)\""

  /// Chain and stage tables of a member on a host, which takes messages from chains of these names.
  /// Messages go over links alone, where an observer sees them: their times tell the same as those of datagrams.
  func text(on host: SimHost, from chains: [String] = []) -> String {
    let address = Self.address(of: host)
    return """

      [chain.\(Self.chain)]
      listen = "\(address)"
      datagrams = "\(address)"
      workers = 1
      from = [\(chains.map { "\"\($0)\"" }.joined(separator: ", "))]
      decode = ["gossip"]
      verify = ["dedup", "signature"]
      forward = ["gossip_push"]

      [gossip]
      cluster_key = "\(Self.keyFile)"
      seeds = ["\(seed)"]
      origins = \(namesOrigin)
      mesh_datagrams = false
      dedup = "\(byContent ? "content" : "id")"
      dedup_max = 16384
      history_bytes = 4194304
      history_messages = 4096
      origins_max = 256

      """
  }

  /// Puts the key that all members share on a host's disk.
  func install(on host: SimHost, in state: String) {
    host.disk.install(Array(String(repeating: "5a", count: 32).utf8), at: "\(state)/\(Self.keyFile)")
  }
}
