/// Who has a place where there are fewer than there are peers.
///
/// A stranger is whoever came by itself and is no node of the network. One that takes a new name for each connection can be as
/// many peers as it likes, so a place is never kept from who comes for the sake of one that is gone: a stranger gives way that
/// has said nothing, or else the one that had a link for the shortest time. The names of one host share what time it has for
/// them, so they give way to each other before they take the place of somebody who has been here for longer. A peer that is
/// here and has streams gives way to nobody.
extension PeerRegistry {
  /// Whether there is a place for one more.
  public enum Room: Equatable, Sendable {
    /// There is one, or the peer has one.
    case free
    /// There is one when this peer has been given up.
    case instead(of: Bytes32)
    /// There is none.
    case none
  }

  /// Whether there is a place for a peer that has come, or that this side has connected to (`isDialled`).
  public func room(for identity: Bytes32, isDialled: Bool, now: Instant) -> Room {
    if place(of: identity) != nil { return .free }
    let comesAsStranger = !isDialled && !network.contains(identity)
    let isKept = comesAsStranger && peers.count(where: isStranger) >= strangersMax
    if !isKept, peers.count < settings.peersMax { return .free }
    var least: (claim: Claim, identity: Bytes32)?
    for peer in peers {
      guard let claim = claim(of: peer, now) else { continue }
      let givesWay = isStranger(peer) || (!comesAsStranger && isForgettable(peer, claim))
      if givesWay, claim < least?.claim ?? .most { least = (claim, peer.identity) }
    }
    return least.map { .instead(of: $0.identity) } ?? .none
  }

  /// Places that strangers may have.
  private var strangersMax: Int { settings.peersMax - (settings.peersMax > 1 ? (settings.peersMax + 7) / 8 : 0) }

  private func isStranger(_ peer: Peer) -> Bool { peer.target == nil && !network.contains(peer.identity) }

  /// One that this side had connected to, and that is gone without a word.
  private func isForgettable(_ peer: Peer, _ claim: Claim) -> Bool {
    claim.rank == .silentAway && !network.contains(peer.identity)
  }

  /// What a peer has to say for its place; the least goes first.
  private struct Claim: Comparable {
    enum Rank: Int { case silentAway, silent, away, idle }
    let rank: Rank
    /// Among equals.
    let weight: UInt64
    /// More than any.
    static let most = Claim(rank: .idle, weight: .max)

    static func < (a: Self, b: Self) -> Bool { (a.rank.rawValue, a.weight) < (b.rank.rawValue, b.weight) }
  }

  /// Nil for one that gives way to nobody.
  private func claim(of peer: Peer, _ now: Instant) -> Claim? {
    let isSilent = peer.conversation.isSilent
    guard peer.isLinked else {
      return isSilent
        ? Claim(rank: .silentAway, weight: peer.aloneSince.ns) : Claim(rank: .away, weight: peer.wasLinkedFor.ns)
    }
    // Whoever means well says something within a round trip or two: the one goes that has had the most time for it.
    if isSilent { return Claim(rank: .silent, weight: peer.linkedSince.ns) }
    guard peer.conversation.streams.isEmpty else { return nil }
    return Claim(rank: .idle, weight: (peer.wasLinkedFor + (now - peer.linkedSince)).ns)
  }
}

extension Conversation {
  /// Neither side has said anything but greetings, or wants to.
  fileprivate var isSilent: Bool { !isUsed && streams.isEmpty }
}
