package import MixHost
package import MixNet

/// What a node remembers of others: scores, bans and statistics, by identity. It is a value and does nothing by itself; time comes with
/// each call, and looking changes nothing.
///
/// It has a bound: see ``ReputationBook/sweep(at:)`` and `hasRoom`.
package struct ReputationBook: Sendable {
  let rules: ScoreRules
  var records: [PeerRecord] = []
  /// Where each node's record is.
  var places: [Bytes32: Int] = [:]
  /// How often something was told of a node for which there was no room.
  package private(set) var untracked = 0
  /// Records that gave way to others, and bans that were begun.
  var displaced = 0
  package private(set) var bansBegun = 0
  /// Before this no room is looked for again.
  var roomAgain: (time: BookTime, weight: Int)?

  init(_ rules: ScoreRules) { self.rules = rules }

  /// Nodes of which something is remembered.
  package var count: Int { records.count }

  // MARK: Telling

  /// Counts what was seen of a node; true when that has banned it.
  package mutating func add(_ conduct: Conduct, of node: Bytes32, at time: Instant) -> Bool {
    let now = BookTime(time)
    var first = rules.tally(at: now)
    first.add(conduct, at: now)
    guard let place = place(for: node, weight: first.penalty, at: now) else {
      untracked += 1
      return false
    }
    let isBan = records[place].add(conduct, at: now)
    if isBan { bansBegun += 1 }
    return isBan
  }

  /// A link to the node has come up.
  package mutating func connect(_ node: Bytes32, at time: Instant) {
    guard let place = place(for: node, weight: 0, at: BookTime(time)) else { return untracked += 1 }
    records[place].connect(at: BookTime(time))
  }

  /// A link to the node, of which ``connect(_:at:)`` was told, has gone down.
  package mutating func disconnect(_ node: Bytes32, at time: Instant) {
    guard let place = places[node] else { return }
    records[place].settle(at: BookTime(time), rules.preset)
    records[place].disconnect(at: BookTime(time))
  }

  /// What the application thinks of the node, from -300 to 300. In the full preset it is a part of the score.
  package mutating func setOpinion(_ opinion: Int, of node: Bytes32, at time: Instant) {
    guard let place = place(for: node, weight: 0, at: BookTime(time)) else { return untracked += 1 }
    records[place].tally.setOpinion(opinion)
    records[place].touched = max(records[place].touched, BookTime(time))
  }

  /// How many connected nodes are where the node is, itself among them. In the full preset more than eight cost it points.
  package mutating func setCrowd(_ nodes: Int, of node: Bytes32, at time: Instant) {
    guard let place = place(for: node, weight: 0, at: BookTime(time)) else { return untracked += 1 }
    records[place].tally.setCrowd(nodes)
    records[place].touched = max(records[place].touched, BookTime(time))
  }

  /// Where the node's record is, settled; a new one where there is none, or nil when there is no room.
  private mutating func place(for node: Bytes32, weight: Int, at now: BookTime) -> Int? {
    if let place = places[node] {
      records[place].settle(at: now, rules.preset)
      if records[place].isOver(at: now, kept: rules.kept) {
        records[place] = PeerRecord(node, rules.tally(at: now), at: now)
      }
      return place
    }
    guard hasRoom(weight: weight, at: now) else { return nil }
    records.append(PeerRecord(node, rules.tally(at: now), at: now))
    places[node] = records.count - 1
    return records.count - 1
  }

  // MARK: Asking

  /// The record of a node as it is at a time; nil when nothing is known.
  private func record(of node: Bytes32, at now: BookTime) -> PeerRecord? {
    guard let place = places[node] else { return nil }
    var record = records[place]
    record.settle(at: now, rules.preset)
    return record.isOver(at: now, kept: rules.kept) ? nil : record
  }

  /// From -1000 to 1000; 0 for a node of which nothing is known.
  package func score(of node: Bytes32, at time: Instant) -> Int {
    record(of: node, at: BookTime(time))?.score(at: BookTime(time)) ?? 0
  }

  /// What the score, and a ban that lasts, come to.
  package func standing(of node: Bytes32, at time: Instant) -> Standing {
    record(of: node, at: BookTime(time))?.standing(at: BookTime(time)) ?? .neutral
  }

  /// What is known of a node; nil when nothing is.
  package func statistics(of node: Bytes32, at time: Instant) -> PeerStatistics? {
    record(of: node, at: BookTime(time)).map { PeerStatistics($0, at: BookTime(time)) }
  }

  /// What is known of all nodes, the worst first; of equals, those with the smaller address.
  package func all(at time: Instant) -> [PeerStatistics] {
    let now = BookTime(time)
    let known = records.compactMap { record(of: $0.node, at: now) }.map { PeerStatistics($0, at: now) }
    return known.sorted { ($0.score, $0.node.prefix) < ($1.score, $1.node.prefix) }
  }
}
