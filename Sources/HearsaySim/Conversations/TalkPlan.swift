import MixNet
import SimNet

/// Which nodes of a simulated network talk with each other over the stage `messages`. They do it in a chain of their own,
/// beside the mix; who talks, who connects and how narrow everything is follows from a seed.
struct TalkPlan: Sendable {
  /// Two nodes that talk, by number.
  struct Pair: Sendable, Equatable {
    let nodes: [Int]
    /// Those of them that connect to the other: both at once, or one.
    let diallers: [Int]

    func other(than node: Int) -> Int { nodes[0] == node ? nodes[1] : nodes[0] }
  }

  static let chain = "sim-talk"
  static let port: UInt16 = 9_003
  static let pairsMax = 60

  // What the nodes' files say of it: so little that bounds are reached.
  static let messageMax = 512
  static let window = 2_048
  static let sendMessages = 24
  static let sendBytes = 6_144
  static let looseMessages = 6
  static let forget = Nanos.s(15)

  private(set) var pairs: [Pair] = []
  private var linksPerPeer = 1

  /// Nobody talks.
  init() {}

  /// So many pairs among `nodes`, no two of them the same; fewer when there are not so many.
  init(pairs count: Int, among nodes: Int, _ seed: SimSeed) {
    var random = seed.stream(.workload(Workload.conversations))
    linksPerPeer = 1 + Int(random.below(4)) / 3
    for _ in 0..<4 * count where pairs.count < count {
      let a = Int(random.below(UInt64(nodes)))
      let b = (a + 1 + Int(random.below(UInt64(nodes - 1)))) % nodes
      let both = [min(a, b), max(a, b)]
      let choice = Int(random.below(4))
      if pairs.contains(where: { $0.nodes == both }) { continue }
      pairs.append(Pair(nodes: both, diallers: choice < 2 ? both : [both[choice - 2]]))
    }
  }

  /// The pairs that a node is one of.
  func pairs(of node: Int) -> [Pair] { pairs.filter { $0.nodes.contains(node) } }

  /// What stands in a node's file behind all else.
  func text(_ node: Int, on host: SimHost) -> String {
    guard !pairs(of: node).isEmpty else { return "" }
    return """

      [chain.\(Self.chain)]
      listen = "\(host.address(port: Self.port))"
      workers = 1
      decode = ["messages"]

      [messages]
      message_max = \(Self.messageMax)
      streams_max = 4
      window = \(Self.window)
      send_bytes = \(Self.sendBytes)
      send_messages = \(Self.sendMessages)
      loose_bytes = \(2 * Self.messageMax)
      loose_messages = \(Self.looseMessages)
      patience_ms = 1_000
      links_per_peer = \(linksPerPeer)
      peers_max = 16
      forget_ms = \(Self.forget.ms)
      grace_ms = 1_000

      """
  }
}
