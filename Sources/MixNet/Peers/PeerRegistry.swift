/// The peers of a node by who they are, not by where they were reached: which links lead to each, and what is talked about on
/// them.
///
/// Two that open links to each other at the same moment must come to keep the same ones. Only whoever opened a link closes it
/// as superfluous: the side with the lower address keeps what it has opened, up to `linksPerPeer`; the other opens, and keeps,
/// only what is missing besides those that came in. Neither opens again what it has closed for this, as long as the links of the other last.
public struct PeerRegistry: Sendable {
  /// What it keeps to.
  public struct Settings: Equatable, Sendable {
    /// Links that there should be to one peer.
    public var linksPerPeer = 1
    /// Peers in all. An eighth of them, one at least where there are several, is kept from strangers.
    public var peersMax = 128
    /// After so long without a link a peer is forgotten, and its conversation with it.
    public var forget = Nanos.s(60)
    /// How long the side that did not open the last link waits before it opens one.
    public var grace = Nanos.s(3)
    /// The settings that nothing else is said about.
    public init() {}
  }

  /// A link to a peer, up or about to come up again.
  public struct Link: Equatable, Sendable {
    /// Its owner's number for it.
    public let number: UInt64
    /// True when this side has opened it.
    public let isDialled: Bool
    /// True while frames flow.
    public internal(set) var isUp: Bool
  }

  /// A peer.
  public struct Peer: Sendable {
    /// Its address of 32 bytes.
    public let identity: Bytes32
    /// What is talked about.
    public var conversation: Conversation
    /// Its links, in the order in which they came.
    public internal(set) var links: [Link] = []
    /// Where it is to be reached, if this side wants links to it.
    public internal(set) var target: Address?
    /// When its last link went down; `.never` while one is up.
    var aloneSince: Instant
    /// When it came to have a link, if it has one, and for how long it had some before.
    var linkedSince: Instant
    var wasLinkedFor = Nanos.zero
    /// Not before this does this side open a link.
    var dialAt = Instant.zero

    /// True while a link is up.
    public var isLinked: Bool { links.contains(where: \.isUp) }
  }

  /// What came of a link that is up.
  public enum Arrival: Equatable, Sendable {
    /// It belongs to a peer; these links are to be closed as superfluous, this one perhaps among them.
    case joined(surplus: [UInt64])
    /// It is to be closed.
    case refused(CloseReason)
  }

  /// What is to be done.
  public enum Action: Equatable, Sendable {
    /// A link is to be opened: ``dialled(_:to:at:)``.
    case dial(Bytes32, Address)
    /// The peer was without a link for too long: ``remove(_:)``.
    case forget(Bytes32)
  }

  /// Links that one peer may have open to this side.
  public static let acceptedMax = 8

  /// This side's address of 32 bytes.
  public let own: Bytes32
  /// What it keeps to.
  public let settings: Settings
  /// Nodes that are no strangers, whoever calls: those of the network that this one belongs to.
  public var network: Set<Bytes32> = []
  /// The peers, in no order that means anything.
  public internal(set) var peers: [Peer] = []
  private var places: [Bytes32: Int] = [:]

  /// Nobody is known.
  public init(own: Bytes32, _ settings: Settings) { (self.own, self.settings) = (own, settings) }

  // MARK: Peers

  /// The place of a peer, good until one is removed.
  public func place(of identity: Bytes32) -> Int? { places[identity] }

  /// What is said to a peer, or what it has said.
  public mutating func withConversation<Result>(_ place: Int, _ body: (inout Conversation) -> Result) -> Result {
    body(&peers[place].conversation)
  }

  /// Puts a new conversation in the place of one that is over; gives the links on which only the old one was known.
  public mutating func replace(_ place: Int, with conversation: Conversation, keeping link: UInt64) -> [UInt64] {
    peers[place].conversation = conversation
    return peers[place].links.filter { $0.number != link && $0.isUp }.map(\.number)
  }

  private mutating func add(
    _ identity: Bytes32, isDialled: Bool, _ conversation: Conversation, _ now: Instant
  ) -> Int? {
    if let place = places[identity] { return place }
    guard room(for: identity, isDialled: isDialled, now: now) == .free else { return nil }
    places[identity] = peers.count
    peers.append(Peer(identity: identity, conversation: conversation, aloneSince: now, linkedSince: now))
    return peers.count - 1
  }

  /// Forgets a peer. Its links are the caller's to close.
  public mutating func remove(_ identity: Bytes32) {
    guard let place = places.removeValue(forKey: identity) else { return }
    peers.swapAt(place, peers.count - 1)
    peers.removeLast()
    if place < peers.count { places[peers[place].identity] = place }
  }

  // MARK: Links

  /// This side has opened a link to a peer, because it was told to or wants more of them; it is not up yet.
  public mutating func dialled(_ link: UInt64, to identity: Bytes32, at target: Address) {
    guard let place = places[identity] else { return }
    peers[place].target = target
    peers[place].links.append(Link(number: link, isDialled: true, isUp: false))
  }

  /// No link could be opened: it is tried again after a while.
  public mutating func couldNotDial(_ identity: Bytes32, now: Instant) {
    if let place = places[identity] { peers[place].dialAt = now + settings.grace }
  }

  /// A link to `identity` is up; `target` is where it was opened to, if it was, and `conversation` serves if the peer is new.
  /// A new one is refused while there is no room for it: ``room(for:isDialled:now:)`` is asked before.
  public mutating func came(
    _ link: UInt64, to identity: Bytes32, openedTo target: Address?, now: Instant, _ conversation: Conversation
  ) -> Arrival {
    guard identity != own else { return .refused(.local) }
    guard let place = add(identity, isDialled: target != nil, conversation, now) else { return .refused(.exhausted) }
    if !peers[place].isLinked { peers[place].linkedSince = now }
    if let target { peers[place].target = target }
    if let i = peers[place].links.firstIndex(where: { $0.number == link }) {
      peers[place].links[i].isUp = true
    } else {
      peers[place].links.append(Link(number: link, isDialled: target != nil, isUp: true))
    }
    peers[place].aloneSince = .never
    peers[place].conversation.join(link, now: now)
    return .joined(surplus: surplus(place))
  }

  /// The links that are too many: of its own those that it opened last, of the other's those that came first, since these are
  /// more likely to be dead.
  private func surplus(_ place: Int) -> [UInt64] {
    let links = peers[place].links
    let accepted = links.filter { !$0.isDialled && $0.isUp }
    let isLower = own.array.lexicographicallyPrecedes(peers[place].identity.array)
    let room = isLower ? settings.linksPerPeer : max(0, settings.linksPerPeer - accepted.count)
    // One that is up is worth more than one that may come up.
    let dialled = links.filter { $0.isDialled && $0.isUp } + links.filter { $0.isDialled && !$0.isUp }
    let surplus = dialled.dropFirst(room) + accepted.dropLast(Self.acceptedMax)
    Probe.sometimes("registry.both_opened", !surplus.isEmpty)
    return surplus.map(\.number)
  }

  /// A link is down. One that this side has opened comes up again by itself, unless it `isGone`.
  public mutating func went(_ link: UInt64, of identity: Bytes32, isGone: Bool, now: Instant) {
    guard let place = places[identity], let i = peers[place].links.firstIndex(where: { $0.number == link }) else {
      return
    }
    let wasLinked = peers[place].isLinked
    if isGone || !peers[place].links[i].isDialled {
      // Whoever opened it is likely to open it again.
      peers[place].dialAt = now + settings.grace
      peers[place].links.remove(at: i)
    } else {
      peers[place].links[i].isUp = false
    }
    peers[place].conversation.leave(link)
    guard wasLinked, !peers[place].isLinked else { return }
    peers[place].aloneSince = now
    peers[place].wasLinkedFor = peers[place].wasLinkedFor + (now - peers[place].linkedSince)
  }

  /// This side wants no more links to a peer than come in by themselves.
  public mutating func letGo(_ identity: Bytes32) { if let place = places[identity] { peers[place].target = nil } }

  // MARK: Time

  /// What is to be done now.
  public func actions(_ now: Instant) -> [Action] {
    peers.compactMap { peer in
      if forgetAt(peer) <= now { return .forget(peer.identity) }
      guard let target = peer.target, peer.dialAt <= now, isShort(peer) else { return nil }
      return .dial(peer.identity, target)
    }
  }

  private func isShort(_ peer: Peer) -> Bool {
    peer.target != nil && peer.links.count(where: { $0.isUp || $0.isDialled }) < settings.linksPerPeer
  }

  private func forgetAt(_ peer: Peer) -> Instant { peer.aloneSince + settings.forget }

  /// When there is next something to do, here or in a conversation.
  public var next: Instant {
    peers.reduce(.never) { next, peer in
      let dial = isShort(peer) ? peer.dialAt : .never
      return min(next, min(forgetAt(peer), min(dial, peer.conversation.next)))
    }
  }
}
