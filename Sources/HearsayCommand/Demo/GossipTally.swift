import MixNet

/// Who has published what, and who has got it: an account of every message at every node.
struct GossipTally {
  private struct Message {
    let node: Int
    let since: Instant
    /// The node has taken it.
    var isTaken = false
  }

  private struct Node {
    var got: [Bool] = []
    var published = 0
    var delivered = 0
    var duplicates = 0
    /// It should have the messages from this one on.
    var from = 0
    var isGone = false
  }

  /// What one node should have and has.
  struct Row: Equatable {
    var published = 0
    var delivered = 0
    var expected = 0
    var missing = 0
    var duplicates = 0
  }

  private var messages: [Message] = []
  private var nodes: [Node]
  /// Messages that are not what was published.
  private(set) var wrong = 0
  private(set) var delays: [Nanos] = []

  init(nodes: Int) { self.nodes = [Node](repeating: Node(), count: nodes) }

  /// Messages that were handed to a node.
  var sent: Int { messages.count }
  /// Deliveries so far.
  var delivered: Int { nodes.reduce(0) { $0 + $1.delivered } }

  // MARK: What happens

  /// A message goes to a node; its number.
  mutating func sent(to node: Int, _ now: Instant) -> Int {
    messages.append(Message(node: node, since: now))
    return messages.count - 1
  }

  /// The node has taken it.
  mutating func taken(_ number: Int) {
    messages[number].isTaken = true
    nodes[messages[number].node].published += 1
  }

  /// A message came to a node; nil for a number that was never given, or other bytes.
  mutating func came(_ number: Int?, to node: Int, _ now: Instant) {
    guard let number, messages.indices.contains(number) else {
      wrong += 1
      return
    }
    while nodes[node].got.count <= number { nodes[node].got.append(false) }
    guard !nodes[node].got[number] else {
      nodes[node].duplicates += 1
      return
    }
    nodes[node].got[number] = true
    nodes[node].delivered += 1
    delays.append(now - messages[number].since)
  }

  /// The node is there for all messages that come from now on.
  mutating func joined(_ node: Int) { nodes[node].from = messages.count }
  /// It never was, or is no more: nothing is expected of it.
  mutating func isGone(_ node: Int) { nodes[node].isGone = true }
  mutating func isBack(_ node: Int) { nodes[node].isGone = false }

  // MARK: What comes of it

  private func has(_ node: Int, _ number: Int) -> Bool { number < nodes[node].got.count && nodes[node].got[number] }

  /// A message of a node that is gone counts when anybody who is still there has it: then all must.
  private func counts(_ number: Int) -> Bool {
    guard nodes[messages[number].node].isGone else { return messages[number].isTaken }
    return nodes.indices.contains { !nodes[$0].isGone && has($0, number) }
  }

  /// Messages that a node had taken, and that were gone with it before anybody else had them.
  var lostWithNode: Int { messages.indices.count { messages[$0].isTaken && !counts($0) } }
  /// Messages that count.
  var published: Int { messages.indices.count { counts($0) } }

  func row(_ node: Int) -> Row {
    let state = nodes[node]
    var row = Row(published: state.published, delivered: state.delivered, duplicates: state.duplicates)
    guard !state.isGone else { return row }
    for number in messages.indices where number >= state.from && counts(number) {
      row.expected += 1
      if !has(node, number) { row.missing += 1 }
    }
    return row
  }

  var rows: [Row] { nodes.indices.map { row($0) } }

  /// The delay within which `share` percent of all deliveries came, in milliseconds.
  func percentile(_ share: Int) -> Double {
    guard !delays.isEmpty else { return 0 }
    let sorted = delays.sorted()
    return Double(sorted[min(sorted.count - 1, sorted.count * share / 100)].ns) / 1e6
  }
}
