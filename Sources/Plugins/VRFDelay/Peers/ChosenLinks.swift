package import MixHost
package import MixNet

/// The links that a node has to the peers that it chose, through one choice after the other: which are to be opened and
/// which closed, so that no packet is lost between two choices. It opens and closes nothing itself.
///
/// Each choice has links of its own, since a proof is shown with the handshake alone. Those of the choice before stay until the
/// overlap is over, or until the one that takes their place has been up for a while: the other side looks at a proof after the
/// handshake, so a link that is up may still be refused.
package struct ChosenLinks {
  /// What is to be done.
  package enum Action: Equatable {
    case open(Bytes32, Address)
    case close(LinkID)
  }

  private struct Link {
    let id: LinkID
    let peer: Bytes32
    let target: Address
    /// When it is closed at the latest; never for those of the present choice.
    var ends = Instant.never
    var isUp = false
    /// When it will have been up for long enough; never while it is down.
    var settles = Instant.never
    var isSettled = false
    var isPresent: Bool { ends == .never }
    /// Which of a peer's links a packet takes: the one with the most.
    var rank: Int { isUp ? (isPresent ? (isSettled ? 4 : 2) : 3) : (isPresent ? 1 : 0) }
  }

  private struct Wanted {
    let peer: Bytes32
    let target: Address
    /// When it may be opened again; never while it is open.
    var opens: Instant
    /// How often another link was asked for in this choice.
    var renewals: UInt64 = 0
  }

  /// After which time a link that could not be opened, or was given up, is tried again.
  package static let rest = Nanos.s(5)
  /// For how long a link is up before the one whose place it takes is closed.
  package static let settling = Nanos.s(2)

  private var links: [Link] = []
  private var wanted: [Wanted] = []
  private var overlap = Nanos.zero

  package init() {}

  /// The peers that are wanted are these from now on. Links to nodes that are not `listed` any more end at once, the others when
  /// `overlap` is over.
  package mutating func choose(
    _ peers: [(peer: Bytes32, target: Address)], listed: (Bytes32) -> Bool, overlap: Nanos, now: Instant
  ) -> [Action] {
    self.overlap = overlap
    wanted = peers.map { Wanted(peer: $0.peer, target: $0.target, opens: now) }
    let gone = links.filter { !listed($0.peer) }.map(\.id)
    links.removeAll { gone.contains($0.id) }
    for i in links.indices where links[i].isPresent { links[i].ends = now + overlap }
    return gone.map(Action.close) + due(now)
  }

  /// What is to be done now.
  package mutating func due(_ now: Instant) -> [Action] {
    for i in links.indices where links[i].settles <= now {
      links[i].settles = .never
      links[i].isSettled = true
    }
    let replaced = Set(links.filter { $0.isPresent && $0.isSettled }.map(\.peer))
    func isOver(_ link: Link) -> Bool { link.ends <= now || !link.isPresent && replaced.contains(link.peer) }
    var actions = links.filter(isOver).map { Action.close($0.id) }
    links.removeAll(where: isOver)
    for i in wanted.indices where wanted[i].opens <= now {
      wanted[i].opens = .never
      actions.append(.open(wanted[i].peer, wanted[i].target))
    }
    return actions
  }

  /// When there is something to do next.
  package var next: Instant {
    let ends = links.reduce(Instant.never) { min($0, min($1.ends, $1.settles)) }
    return wanted.reduce(ends) { min($0, $1.opens) }
  }

  /// A link to a peer has been opened; nil when there was no place for it. It takes the place of one that was there.
  package mutating func opened(_ id: LinkID?, to peer: Bytes32, now: Instant) {
    guard let place = wanted.firstIndex(where: { $0.peer == peer }) else { return }
    if let id {
      for i in links.indices where links[i].isPresent && links[i].peer == peer { links[i].ends = now + overlap }
      links.append(Link(id: id, peer: peer, target: wanted[place].target))
    } else {
      wanted[place].opens = now + Self.rest
    }
  }

  /// The peer at the other end of a link has not said yet what it will say soon, and handshakes alone tell it: another link is opened
  /// after a second, and if that is to be renewed as well, after two more, four more, and so on, up to half a minute.
  package mutating func renew(_ id: LinkID, now: Instant) {
    guard let link = links.first(where: { $0.id == id }), link.isPresent,
      let place = wanted.firstIndex(where: { $0.peer == link.peer }), wanted[place].opens == .never
    else { return }
    wanted[place].opens = now + min(.s(30), .s(1 << min(wanted[place].renewals, 5)))
    wanted[place].renewals += 1
  }

  /// A link has come up.
  package mutating func came(_ id: LinkID, now: Instant) {
    guard let place = links.firstIndex(where: { $0.id == id }) else { return }
    links[place].isUp = true
    links[place].settles = now + Self.settling
  }

  /// A link is down; `isOver` when it will not come up again.
  package mutating func went(_ id: LinkID, isOver: Bool, now: Instant) {
    guard let place = links.firstIndex(where: { $0.id == id }) else { return }
    links[place].isUp = false
    links[place].isSettled = false
    links[place].settles = .never
    guard isOver else { return }
    let link = links.remove(at: place)
    guard link.isPresent, let place = wanted.firstIndex(where: { $0.peer == link.peer }) else { return }
    wanted[place].opens = now + Self.rest
  }

  /// Whether a peer is wanted, or was and its link is still there.
  package func mayUse(_ peer: Bytes32) -> Bool {
    wanted.contains { $0.peer == peer } || links.contains { $0.peer == peer }
  }

  /// The link for a packet: one that is up and has shown that it stays, else one that is up, else one that is coming up.
  package func link(to peer: Bytes32) -> LinkID? {
    var best: Link?
    for link in links where link.peer == peer {
      if best.map({ $0.rank < link.rank }) ?? true { best = link }
    }
    return best?.id
  }

  /// Whether the node has opened this link to a peer.
  package func has(_ id: LinkID) -> Bool { links.contains { $0.id == id } }

  /// Links that are there, and those of them that are up.
  package var counts: (all: Int, up: Int) { (links.count, links.count(where: \.isUp)) }
}
