package import MixNet

/// Decides which nodes may use this one: those whose proof shows that they had to choose it. And it remembers whom they have
/// chosen, for those who look for routes.
///
/// Clocks differ, and network files are not changed everywhere at once. So an epoch is taken up to `overlap` before it begins and
/// after it ends, a list up to twice that after it was replaced, and a link may stay for twice that after its epoch: nobody whose
/// clock is off by less than `overlap` is cut off. Within these bounds a node has the choice of two epochs or lists, never of more.
package struct PeerJudge: Sendable {
  package let rules: PeerRules
  package let own: Bytes32
  package let overlap: Nanos
  /// The present list, and the one before for a while.
  private var list: PeerList
  private var former: (list: PeerList, until: Instant)?
  /// Of each node the newest claim that held, and whom it chose; a node that connects again costs nothing. There are not more than the
  /// list has nodes, and those that one list had which has since been replaced.
  private var known: [Bytes32: (claim: PeerClaim, peers: [Bytes32])] = [:]
  /// How often that has changed.
  package private(set) var changes: UInt64 = 0

  package init(_ rules: PeerRules, _ list: PeerList, own: Bytes32, overlap: Nanos) {
    self.rules = rules
    self.list = list
    self.own = own
    self.overlap = overlap
  }

  /// The network file has changed.
  package mutating func replace(by new: PeerList, now: Instant) {
    guard new.hash != list.hash else { return }
    former = (list, now + overlap * 2)
    list = new
    var kept: [Bytes32: (claim: PeerClaim, peers: [Bytes32])] = [:]
    for entry in new.entries { kept[entry.address] = known[entry.address] }
    known = kept
  }

  /// Whether a node may use this one, by what it has said; why not otherwise.
  package mutating func judge(
    _ bytes: [UInt8]?, of node: Bytes32, now: Instant, wall: WallTime
  ) throws(PeerRefusal) -> PeerClaim {
    let (claim, peers) = try learn(bytes, of: node, now: now, wall: wall)
    guard peers.contains(own) else { throw .notChosen }
    return claim
  }

  /// Whom a node has chosen, by what it has said; why that does not hold otherwise. Some 500 us for a claim that was not seen before.
  package mutating func learn(
    _ bytes: [UInt8]?, of node: Bytes32, now: Instant, wall: WallTime
  ) throws(PeerRefusal) -> (claim: PeerClaim, peers: [Bytes32]) {
    guard let bytes, let claim = PeerClaim(bytes) else { throw .noProof }
    guard claim.rules == rules.tag else { throw .otherRules }
    guard isIn(claim.epoch, wall, before: overlap, after: overlap) else { throw .otherEpoch }
    guard let list = list(of: claim, now) else { throw .otherList }
    if let last = known[node], last.claim == claim { return last }
    let choice = (claim: claim, peers: try claim.peers(of: node, rules, in: list))
    // Claims are public: who shows an older one in a node's name must not make it the node's present one.
    if known[node].map({ isNewer(claim, than: $0.claim) }) ?? true {
      known[node] = choice
      changes += 1
    }
    return choice
  }

  private func isNewer(_ claim: PeerClaim, than other: PeerClaim) -> Bool {
    let (isPresent, wasPresent) = (claim.list == list.hash, other.list == list.hash)
    return isPresent == wasPresent ? claim.epoch >= other.epoch : isPresent
  }

  /// Whether a node that says this is still in an earlier epoch than `epoch`, or has another list than the present one: it will
  /// say something else before long.
  package func isBehind(_ claim: PeerClaim, _ epoch: UInt64) -> Bool {
    claim.epoch < epoch || claim.list != list.hash
  }

  /// Whom a node may use in `epoch` by the newest claim of it that held; nil when none is good any more. One of the epoch before is
  /// while `mayBeLate`, one for the list before while `mayBeUnlisted`.
  package func peers(
    of node: Bytes32, in epoch: UInt64, mayBeLate: Bool, mayBeUnlisted: Bool
  ) -> [Bytes32]? {
    guard let last = known[node] else { return nil }
    guard last.claim.epoch >= epoch || mayBeLate && last.claim.epoch &+ 1 == epoch else { return nil }
    guard last.claim.list == list.hash || mayBeUnlisted && last.claim.list == former?.list.hash else { return nil }
    return last.peers
  }

  /// Whether a link that was granted under a claim may stay.
  package func mayStay(_ claim: PeerClaim, now: Instant, wall: WallTime) -> Bool {
    isIn(claim.epoch, wall, before: overlap * 2, after: overlap * 2) && list(of: claim, now) != nil
  }

  /// When that may have changed, at the latest.
  package func end(of claim: PeerClaim, now: Instant, wall: WallTime) -> Instant {
    guard let end = rules.start(of: claim.epoch &+ 1), list(of: claim, now) != nil else { return now }
    let rest = Nanos(UInt64(end.ns)) + overlap * 2 - Nanos(UInt64(max(0, wall.ns)))
    guard claim.list != list.hash, let former else { return now + rest }
    return min(now + rest, former.until)
  }

  private func list(of claim: PeerClaim, _ now: Instant) -> PeerList? {
    if claim.list == list.hash { return list }
    guard let former, claim.list == former.list.hash, now < former.until else { return nil }
    return former.list
  }

  /// Whether the wall clock is in an epoch, or so little before or behind it.
  private func isIn(_ epoch: UInt64, _ wall: WallTime, before: Nanos, after: Nanos) -> Bool {
    guard let start = rules.start(of: epoch), let end = rules.start(of: epoch &+ 1), wall.ns >= 0 else { return false }
    let time = Nanos(UInt64(wall.ns))
    return time + before >= Nanos(UInt64(start.ns)) && time < Nanos(UInt64(end.ns)) + after
  }
}
