import MixHost
import OrderedJSON

/// Where every packet of a demo has gone, from the counters of the nodes and of the client.
struct Account {
  /// One node's part.
  struct Node {
    let name: String
    var received = 0
    var made = 0
    var forwarded = 0
    var written = 0
    var served = 0
    /// Received from a chain of the node itself, not from a link.
    var handed = 0
    var dropped = 0
    var held = 0
    /// What the node's own counters do not explain.
    var unexplained = 0
  }

  /// What a process took with it when it died.
  struct Loss {
    let death: DemoNodes.Death
    /// Frames that were written to the process, and frames that were received from it.
    let written: Int, received: Int
    var lost: Int { written - received }
  }

  private(set) var nodes: [Node] = []
  private(set) var drops: [(node: String, stage: String, reason: String, count: Int)] = []
  /// Frames that were written by one side of a link and not read by the other.
  private(set) var lost = 0

  /// Of the lost frames, those that a process took with it.
  private(set) var losses: [Loss] = []

  /// The account of the nodes that answer; the client has sent and received so many packets.
  init(_ statuses: [(name: String, status: JSON)], sent: Int, received: Int) {
    for (name, status) in statuses { nodes.append(node(name, status)) }
    let written = sent + nodes.reduce(0) { $0 + $1.written }
    let read = received + nodes.reduce(0) { $0 + $1.received - $1.handed }
    lost = written - read
  }

  /// Ascribes what is lost to the one process that died. Its own counters are gone: what was written to it is what the
  /// others wrote, less what the process after it has received; and what came from it, the same way.
  mutating func ascribe(to death: DemoNodes.Death, writtenByOthers: Int) {
    let now = nodes.first { $0.name == death.node }
    let written = writtenByOthers - (now.map { $0.received - $0.handed } ?? 0)
    losses = [Loss(death: death, written: written, received: written - lost)]
  }

  var held: Int { nodes.reduce(0) { $0 + $1.held } }
  var dropped: Int { nodes.reduce(0) { $0 + $1.dropped } }
  var served: Int { nodes.reduce(0) { $0 + $1.served } }

  private mutating func node(_ name: String, _ status: JSON) -> Node {
    var node = Node(name: name)
    for chain in status["chains"]?.list ?? [] {
      func count(_ counter: Counter) -> Int { chain["counters"]?[counter.name]?.int ?? 0 }
      let held = chain["held"]?.int ?? 0
      let queued = chain["queued"]?.int ?? 0
      let consumed = (chain["consumed"]?.list ?? []).reduce(0) { $0 + ($1["count"]?.int ?? 0) }
      var (inside, outside, refused) = (0, 0, 0)
      for drop in chain["dropped"]?.list ?? [] {
        let stage = drop["stage"]?.text ?? ""
        let number = drop["count"]?.int ?? 0
        drops.append((name, stage, drop["reason"]?.text ?? "", number))
        // What the mailbox refuses was for nobody's link.
        if stage == "link_out" { outside += number } else if stage != "mailbox" { inside += number }
        refused += stage == "mailbox" ? number : 0
      }
      node.received += count(.received)
      node.handed += count(.handed)
      node.made += count(.injected)
      node.forwarded += count(.forwarded)
      node.written += count(.written)
      node.served += consumed
      node.dropped += inside + outside + refused
      node.held += held + queued
      node.unexplained += count(.received) + count(.injected) - consumed - inside - count(.forwarded) - held
      node.unexplained += count(.sends) + count(.toClients) + count(.frames) - count(.written) - outside - queued
    }
    return node
  }

  /// Frames that nodes have written on the links that they opened to `address`.
  static func written(to address: String, _ statuses: [(name: String, status: JSON)]) -> Int {
    let links = statuses.flatMap { $0.status["links"]?.list ?? [] }
    return links.filter { $0["dialled"]?.bool == true && $0["address"]?.text == address }
      .reduce(0) { $0 + ($1["frames_out"]?.int ?? 0) }
  }

  /// The account as people read it.
  var table: String {
    let headings = ["node", "received", "made", "forwarded", "written", "served", "dropped", "held"]
    let rows = nodes.map { node in
      [node.name]
        + [node.received, node.made, node.forwarded, node.written, node.served, node.dropped, node.held].map(
          String.init)
    }
    return Terminal.table(headings, rows)
  }
}
