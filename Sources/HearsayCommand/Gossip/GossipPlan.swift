import LinuxNet
import MixNet

/// The files of a gossip cluster on this machine: a key, and for each node a folder with `plugins.toml` and its state.
struct GossipPlan {
  let nodes: Int
  /// Nodes in a row, from this port on; free ports if not given.
  var firstPort: UInt16?
  /// Packets that each node has memory for.
  var poolSize = 1_024
  /// More lines of the table `[gossip]`, and tables behind it.
  var gossip = ""
  var extra = ""

  /// A node, as others find it.
  struct Node: Sendable {
    let name: String
    let file: String
    let address: Address
    let door: Address
  }

  init(nodes: Int) { self.nodes = nodes }

  /// Writes everything into `folder`. Every node begins with the first two.
  func write(to folder: String) throws(CommandError) -> [Node] {
    let ports: [UInt16]
    if let firstPort {
      ports = (0..<nodes).map { firstPort &+ UInt16(truncatingIfNeeded: $0) }
    } else {
      ports = try NetworkPlan.freePorts(nodes)
    }
    do throws(StorageError) {
      try makeFolder(folder, mode: 0o700)
      _ = try ClusterKeyTool.write("\(folder)/cluster.key")
      let key = try readFile("\(folder)/cluster.key", limit: 1_024).bytes
      var made: [Node] = []
      for (number, port) in ports.enumerated() {
        let name = "gossip-\(number + 1)"
        let place = "\(folder)/\(name)"
        try makeFolder("\(place)/state", mode: 0o700)
        try writeFile("\(place)/state/cluster.key", key, mode: 0o600)
        let node = Node(
          name: name, file: "\(place)/plugins.toml", address: .loopback(port: port),
          door: .unix("\(place)/state/door.sock"))
        try writeFile(node.file, Array(text(node, seeds: ports.prefix(2)).utf8), mode: 0o644)
        made.append(node)
      }
      return made
    } catch { throw CommandError(error.description) }
  }

  private func text(_ node: Node, seeds: ArraySlice<UInt16>) -> String {
    let others = seeds.map { Address.loopback(port: $0) }.filter { $0 != node.address }
    return """
      [node]
      name = "\(node.name)"
      [chain.gossip]
      listen = "\(node.address)"
      datagrams = "\(node.address)"
      workers = 1
      decode = ["gossip"]
      verify = ["dedup", "signature"]
      forward = ["gossip_push"]
      [pipeline]
      workers = 1
      pool_size = \(poolSize)
      [gossip]
      cluster_key = "cluster.key"
      seeds = [\(others.map { "\"\($0)\"" }.joined(separator: ", "))]
      nodes_expected = \(max(2, nodes))
      \(gossip)
      \(extra)

      """
  }
}
