import Foundation
import LinuxNet
import MixHost
import MixNet
import Relay
import Sphinx

/// What a node under load is: its chain, its workers, and where it sends.
struct RelayNodePlan {
  var chain = BenchWords.Chain.sphinx
  var workers = 1
  /// Its place on the route; the node behind it listens on `next`.
  var hop = 0
  var hops = 2
  var next: UInt16 = 0
  /// Packets that it has memory for.
  var pool = 16_384
  /// Tags are on the disk before a packet leaves.
  var isDurable = false
  /// A stage looks on. For the count of instructions alone: a child is not told of it.
  var isObserved = false
  /// Its own folder.
  var state = ""

  /// The words of a child's command line, and back.
  var words: [String] {
    [
      "relay-node", chain.rawValue, "\(workers)", "\(hop)", "\(hops)", "\(next)", "\(pool)", "\(isDurable)", state,
      "\(getpid())",
    ]
  }

  init() {}

  init?(_ words: [String]) {
    guard words.count == 9, let chain = BenchWords.Chain(rawValue: words[0]), let workers = Int(words[1]),
      let hop = Int(words[2]), let hops = Int(words[3]), let next = UInt16(words[4]), let pool = Int(words[5]),
      let isDurable = Bool(words[6])
    else { return nil }
    (self.chain, self.workers, self.hop, self.hops, self.next) = (chain, workers, hop, hops, next)
    (self.pool, self.isDurable, self.state) = (pool, isDurable, words[7])
  }

  var config: String {
    let head = """
      [node]
      name = "bench"
      network = "network.json"
      state = "\(state)"
      [pipeline]
      workers = \(workers)
      pool_size = \(pool)
      # Nobody here answers questions, and nobody is to be asked.
      [links]
      ping_interval_ms = 600000

      """
    switch chain {
    case .plain:
      return head + """
        [chain.relay]
        listen = "127.0.0.1:0"
        decode = ["plain"]
        forward = ["circuit"]
        [circuit]
        type = "entry"
        next = "127.0.0.1:\(next)"
        """
    case .sphinx:
      return head + """
        [chain.mix]
        listen = "127.0.0.1:0"
        decode = ["sphinx"]
        verify = ["replay"]
        delay = ["sphinx_delay"]
        forward = ["next_hop"]\(isObserved ? "\nobserve = [\"bench_count\"]" : "")
        [replay]
        tags_max = 1048576
        durable = \(isDurable)
        file = "\(isDurable ? "replay" : "")"
        """
    }
  }

  /// The node itself and the one behind it.
  func directory(_ route: MixRoute) -> NetworkDirectory {
    let own = NetworkDirectory.Node(
      name: "bench", layer: hop, address: route.hops[hop].address, chains: [], clients: nil, keys: [])
    guard hop + 1 < route.hops.count else { return NetworkDirectory(nodes: [own]) }
    let behind = NetworkDirectory.Node(
      name: "next", layer: hop + 1, address: route.hops[hop + 1].address, chains: [("mix", .loopback(port: next))],
      clients: nil, keys: [])
    return NetworkDirectory(nodes: [own, behind])
  }
}

/// A node that runs until its standard input ends, and answers each line of it with what it has used and done.
enum RelayNode {
  static func main(_ words: [String]) -> Int32 {
    guard let plan = RelayNodePlan(words) else { return 2 }
    let route = MixRoute(hops: plan.hops)
    do throws(BenchError) {
      let node = try NodeThreads(
        plan.config, files: OneKey(key: route.keys[plan.hop]), directory: plan.directory(route),
        plugins: [.sphinx, .relay])
      Output.line("\(try node.port())")
      while readLine() != nil { Output.line(try node.usage().line) }
      node.stop()
      return 0
    } catch {
      Output.note("hearsay-bench: \(error.sentence)")
      return 1
    }
  }
}
