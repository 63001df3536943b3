import MixHost
import MixNet

/// Neighbours that brought messages first since the scores were last told.
struct ServiceTally {
  private var served: [(node: Bytes32, count: Int)] = []
  private var next = Instant.zero
  /// More of one node in a second says nothing more of it.
  private static let countMax = 8

  mutating func add(_ node: Bytes32) {
    if let place = served.firstIndex(where: { $0.node == node }) {
      served[place].count += 1
    } else {
      served.append((node, 1))
    }
  }

  /// Once a second: the book takes a lock, so it is not told of each message, and good is bounded there anyway.
  mutating func tell(_ scores: any ScoreBook, at now: Instant) -> Bool {
    guard now >= next else { return false }
    next = now + .s(1)
    for (node, count) in served {
      for _ in 0..<min(count, Self.countMax) { scores.add(.success, of: node, at: now) }
    }
    served.removeAll(keepingCapacity: true)
    return true
  }
}

// What the hub tells of other nodes where the chain keeps scores, and what follows from their standing.
extension GossipHub {
  private static let banTime = Nanos.s(60)

  /// A node has shown who it is: one that is banned does not stay.
  func met(_ node: Bytes32, _ list: inout [GossipEffect], _ now: Instant) {
    guard scores?.standing(of: node, at: now) == .banned else { return }
    if let tape { tape.note(.call(.ban(node, for: Self.banTime), at: now)) }
    core.ban(node, for: Self.banTime, now: now, &list)
  }

  func tellScores(_ turn: inout Turn) {
    guard let scores, tally.tell(scores, at: turn.now) else { return }
    for node in core.peers {
      let standing = scores.standing(of: node, at: turn.now)
      if standing == .banned {
        act(&turn, .ban(node, for: Self.banTime)) { $0.ban(node, for: Self.banTime, now: $1, &$2) }
      } else {
        let (isWarned, isTrusted) = (standing == .warned, standing == .trusted)
        if let tape { tape.note(.call(.judge(node, isWarned: isWarned, isTrusted: isTrusted), at: turn.now)) }
        core.judge(node, isWarned: isWarned, isTrusted: isTrusted)
      }
    }
  }
}

extension GossipOffence {
  var conduct: Conduct {
    switch self {
    case .invalid: .invalid
    case .misbehaved: .misbehaved
    case .forged: .forged
    }
  }
}
