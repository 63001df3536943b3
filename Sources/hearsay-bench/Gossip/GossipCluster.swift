import Foundation
import Gossip
import HearsayRuntime
import LinuxNet
import MixHost
import MixNet

/// Nodes of a gossip cluster, all in this process.
final class GossipCluster {
  let nodes: [NodeThreads]
  private let folder: String

  /// - Parameters:
  ///   - threads: on which the nodes live together; 0: each has its own.
  ///   - history: bytes of messages that each node keeps.
  init(_ count: Int, threads: Int, isSigned: Bool, history: Int) throws(BenchError) {
    let shared = (0..<threads).map { SharedThread("nodes \($0)") }
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("hearsay-bench-\(getpid())").path
    let ports = try FreePorts.take(count)
    var nodes: [NodeThreads] = []
    for number in 0..<count {
      let state = "\(folder)/\(number)"
      try? FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
      let text = GossipNodeConfig(
        number: number, port: ports[number], seed: ports[number == 0 ? min(1, count - 1) : 0], state: state,
        isSigned: isSigned, history: history
      ).text
      nodes.append(
        try NodeThreads(
          text, files: GossipKeys(number: isSigned ? number : 0), directory: NetworkDirectory(), plugins: [.gossip],
          seed: UInt64(1_000 + number), on: threads > 0 ? shared[number % threads] : nil))
    }
    self.nodes = nodes
  }

  /// Waits until every node knows every other, and has a link to each.
  func gather() throws(BenchError) {
    let count = nodes.count
    for _ in 0..<600 {
      let ready = Tally()
      for node in nodes {
        node.tellGossip { stage, _ in
          if stage.hasMesh, stage.members.count(where: { $0.status == .alive }) == count { ready.add() }
        }
      }
      usleep(100_000)
      if ready.count == count { return }
    }
    for node in nodes {
      node.tellGossip { stage, _ in
        Output.note(stage.status().map { "\($0.name)=\($0.value)" }.joined(separator: " "))
      }
    }
    usleep(500_000)
    throw BenchError("the nodes have not found each other in a minute")
  }

  func stop() {
    for node in nodes { node.stop() }
    try? FileManager.default.removeItem(atPath: folder)
  }
}

/// What a node of the cluster is configured with.
struct GossipNodeConfig {
  let number: Int
  let port: UInt16
  let seed: UInt16
  let state: String
  let isSigned: Bool
  /// Bytes of messages that it keeps.
  let history: Int

  var text: String {
    """
    [node]
    name = "bench-\(number)"
    state = "\(state)"
    [chain.cluster]
    listen = "127.0.0.1:\(port)"
    datagrams = "127.0.0.1:\(port)"
    decode = ["gossip"]
    verify = ["dedup", "signature"]
    forward = ["gossip_push"]
    [pipeline]
    workers = 1
    pool_size = 2048
    [links]
    ping_interval_ms = 15000
    [gossip]
    \(isSigned ? "signing_key" : "cluster_key") = "gossip.key"
    seeds = ["127.0.0.1:\(seed)"]
    nodes_expected = 32
    publish_bytes = 1048576
    history_bytes = \(history)
    history_messages = 65536
    dedup_max = 65536
    origins_max = 256
    members_max = 1024
    """
  }
}

/// The keys' file of a node: one of all, or its own, as its table says.
struct GossipKeys: FileSource {
  let number: Int

  func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
    guard path.hasSuffix("/gossip.key") else { throw StorageError(path: path, detail: "no such file", isMissing: true) }
    let key = [UInt8](repeating: 7, count: 31) + [UInt8(number)]
    return (Array(Hex.text(key).utf8), 0o600)
  }
}

/// Ports of the loopback on which nobody listens at this moment, for TCP and UDP.
enum FreePorts {
  static func take(_ count: Int) throws(BenchError) -> [UInt16] {
    var ports: [UInt16] = []
    // Below the ports that the system gives to connections that are opened.
    var next = 12_000 + Int(getpid()) * 64 % 10_000
    while ports.count < count {
      next += 1
      guard next < 32_768 else { throw BenchError("there are no free ports") }
      if isFree(UInt16(next), Int32(SOCK_STREAM.rawValue)), isFree(UInt16(next), Int32(SOCK_DGRAM.rawValue)) {
        ports.append(UInt16(next))
      }
    }
    return ports
  }

  private static func isFree(_ port: UInt16, _ kind: Int32) -> Bool {
    let descriptor = socket(AF_INET, kind, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
