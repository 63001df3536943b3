import MixHost

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

  private(set) var nodes: [Node] = []
  private(set) var drops: [(node: String, stage: String, reason: String, count: Int)] = []
  /// Frames that were written by one side of a link and not read by the other.
  private(set) var lost = 0

  /// The account of the nodes that still answer; the client has sent and received so many packets.
  init(_ statuses: [(name: String, status: JSON)], sent: Int, received: Int) {
    for (name, status) in statuses { nodes.append(node(name, status)) }
    let written = sent + nodes.reduce(0) { $0 + $1.written }
    let read = received + nodes.reduce(0) { $0 + $1.received - $1.handed }
    lost = written - read
  }

  /// True when each packet is where the counters say it is.
  var isClosed: Bool { lost == 0 && nodes.allSatisfy { $0.unexplained == 0 } }
  var dropped: Int { nodes.reduce(0) { $0 + $1.dropped } }
  var served: Int { nodes.reduce(0) { $0 + $1.served } }

  private mutating func node(_ name: String, _ status: JSON) -> Node {
    var node = Node(name: name)
    for chain in status["chains"]?.list ?? [] {
      func count(_ counter: Counter) -> Int { chain["counters"]?[counter.name]?.int ?? 0 }
      let held = chain["held"]?.int ?? 0
      let queued = chain["queued"]?.int ?? 0
      let consumed = (chain["consumed"]?.list ?? []).reduce(0) { $0 + ($1["count"]?.int ?? 0) }
      var (inside, outside) = (0, 0)
      for drop in chain["dropped"]?.list ?? [] {
        let stage = drop["stage"]?.text ?? ""
        let number = drop["count"]?.int ?? 0
        drops.append((name, stage, drop["reason"]?.text ?? "", number))
        if stage == "link_out" || stage == "mailbox" { outside += number } else { inside += number }
      }
      node.received += count(.received)
      node.handed += count(.handed)
      node.made += count(.injected)
      node.forwarded += count(.forwarded)
      node.written += count(.written)
      node.served += consumed
      node.dropped += inside + outside
      node.held += held + queued
      node.unexplained += count(.received) + count(.injected) - consumed - inside - count(.forwarded) - held
      node.unexplained += count(.sends) + count(.toClients) + count(.frames) - count(.written) - outside - queued
    }
    return node
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
