package import MixNet

// What comes.
extension GossipCore {
  /// What a frame is.
  package enum Arrival: Sendable {
    /// It was for this node, and is done with.
    case taken
    case refused(FrameRefusal)
    /// It carries a message, which is to be looked at.
    case message(ArrivedMessage)
  }

  /// The number of no link: what comes as a datagram comes over it.
  package static let noLink: LinkNumber = 0

  /// A message on its way through a node's steps: what the first of them has read, so that no other reads it again. An object, since it goes
  /// from hand to hand and is large.
  package final class ArrivedMessage: Sendable {
    package let frame: MessageFrame
    package let flags: LinkFrame.Flags
    package let link: LinkNumber
    /// The neighbour's place; nil for a message that comes straight from its origin, or over a link that is no neighbour's any more.
    let slot: Slot?
    let sender: Bytes32
    /// Its id.
    package let id: Bytes16
    /// Where its link stood, and whether messages for all nodes went straight over it.
    fileprivate let place: Int
    fileprivate let wasMesh: Bool
    var isDatagram: Bool { link == noLink }
    /// False for one that its origin sends to all nodes itself.
    var needsPassing: Bool { !flags.contains(.direct) }
    /// Its proof holds, and its payload is the one under it: both are known of some that came as datagrams.
    let isProved: Bool
    let isWhole: Bool

    fileprivate init(
      _ frame: MessageFrame, _ told: LinkFrame.Flags, id: Bytes16, at place: Int, of link: GossipLink, _ sender: Bytes32
    ) {
      (self.frame, self.id, self.place, self.sender) = (frame, id, place, sender)
      (self.link, slot, wasMesh) = (link.number, link.slot, link.isMesh)
      (isProved, isWhole) = (false, false)
      // What comes straight from its origin needs no passing on; where no link for that is known, it is like any other.
      flags = link.isMesh ? told : told.subtracting(.direct)
    }

    /// One that came as a datagram, straight from its origin.
    init(datagram frame: MessageFrame, id: Bytes16, isProved: Bool, isWhole: Bool) {
      (self.isProved, self.isWhole) = (isProved, isWhole)
      (self.frame, self.id, sender, flags) = (frame, id, frame.header.origin, .direct)
      (link, slot, place, wasMesh) = (noLink, nil, -1, true)
    }

    /// Where the message's own bytes begin in its frame.
    static var begin: Int { LinkFrame.messageHead }
  }

  /// Takes a frame through all steps, as a node's chain does.
  package mutating func receive(
    _ bytes: Span<UInt8>, on link: LinkNumber, now: Instant, wall: WallTime, _ effects: inout [GossipEffect]
  ) -> FrameRefusal? {
    switch arrived(bytes, on: link, now: now, wall: wall, &effects) {
    case .taken: return nil
    case .refused(let refusal): return refusal
    case .message(let message):
      if let refusal = look(message, now: now, wall: wall, &effects) { return refusal }
      guard hasProof(message, bytes, now: now, &effects) else { return .badProof }
      if let refusal = open(message, bytes, now: now, &effects) { return refusal }
      pass(message, now: now, &effects)
      return nil
    }
  }

  // MARK: The first step

  /// A frame came over a link; over ``noLink``: a datagram that ``carriesMessage(_:)``.
  package mutating func arrived(
    _ bytes: Span<UInt8>, on link: LinkNumber, now: Instant, wall: WallTime, _ effects: inout [GossipEffect]
  ) -> Arrival {
    guard link != Self.noLink else { return arrived(datagram: bytes, now) }
    guard let place = links.place(link), links[place].ends == nil else { return .taken }
    counts.bytesReceived += bytes.count
    let arrival = sort(bytes, place, now, &effects)
    if case .refused(let refusal) = arrival {
      counts.refuse(refusal)
      // What is a little too much is dropped and no more than that: the other side may not know better.
      if let place = links.place(link) {
        if refusal == .rateLimited { links[place].excess += 1 } else { cut(place, .misbehaved, now, &effects) }
      }
    }
    settle(now, &effects)
    return arrival
  }

  private mutating func sort(
    _ bytes: Span<UInt8>, _ place: Int, _ now: Instant, _ effects: inout [GossipEffect]
  ) -> Arrival {
    guard bytes.count > 0, let kind = LinkFrame.Kind(rawValue: bytes[0]) else { return .refused(.malformed) }
    guard links[place].bytes.take(UInt64(bytes.count), now) else { return .refused(.rateLimited) }
    let body = bytes.extracting(1...)
    switch kind {
    case .hello: return hello(body, place, now, &effects) ? .taken : .refused(.malformed)
    case .proof: return proof(body, place, now, &effects) ? .taken : .refused(.stranger)
    default: break
    }
    guard let sender = links[place].peer else { return .refused(.stranger) }
    health.seen(sender, near: &links[place].healthPlace, now: now)
    switch kind {
    case .message: return message(body, place, sender, now)
    case .tree:
      guard let message = TreeMessage(body) else { return .refused(.malformed) }
      guard links[place].words.take(message.cost, now) else { return .refused(.rateLimited) }
      if let slot = links[place].slot { broadcast.told(message, by: slot, now: now, &broadcastEffects) }
      return .taken
    case .view: return view(body, place, sender, now, &effects)
    case .swim:
      guard let message = SwimMessage(body) else { return .refused(.malformed) }
      return member(message, sender, now) ? .taken : .refused(.malformed)
    case .mesh:
      guard body.count == 0, links[place].purpose == nil else { return .refused(.malformed) }
      if !links[place].isMesh { beMesh(place, sender, now, &effects) }
      return .taken
    case .health: return health(body, place, sender, now, &effects) ? .taken : .refused(.malformed)
    case .datagrams: return datagrams(areTaken: true, body, place, now)
    case .lost: return datagrams(areTaken: false, body, place, now)
    case .hello, .proof: return .refused(.malformed)
    }
  }

  private mutating func message(_ body: Span<UInt8>, _ place: Int, _ sender: Bytes32, _ now: Instant) -> Arrival {
    guard let message = message(body, place, sender) else { return .refused(.malformed) }
    guard links[place].messages.take(1, now) else { return .refused(.rateLimited) }
    counts.messagesReceived += 1
    counters.count(.received, bytes: body.count + 1, now: now)
    return .message(message)
  }

  private func message(_ body: Span<UInt8>, _ place: Int, _ sender: Bytes32) -> ArrivedMessage? {
    guard body.count > 1, LinkFrame.Flags.all.isSuperset(of: LinkFrame.Flags(rawValue: body[0])),
      let frame = MessageFrame(body.extracting(1...)), frame.header.proof == membership.proof
    else { return nil }
    return ArrivedMessage(
      frame, LinkFrame.Flags(rawValue: body[0]), id: frame.header.id(byContent: settings.broadcast.byContent),
      at: place,
      of: links[place], sender)
  }

  /// A message that came over a link, or as a datagram, and was let through before; nil when the link is gone.
  package func message(_ bytes: Span<UInt8>, on link: LinkNumber) -> ArrivedMessage? {
    if link == Self.noLink { return message(ofDatagram: bytes) }
    guard let place = links.place(link), let sender = links[place].peer, bytes.count > 1 else { return nil }
    return message(bytes.extracting(1...), place, sender)
  }

  /// Whether all that was found of a message still holds: its link may have gone since, or become another's.
  package func stillHolds(_ message: ArrivedMessage) -> Bool {
    if message.isDatagram { return true }
    guard message.place < links.count else { return false }
    let link = links[message.place]
    return link.number == message.link && link.slot == message.slot && link.isMesh == message.wasMesh
  }

  /// What neighbours say of the views: who speaks for itself must be who it has proved to be.
  private mutating func view(
    _ body: Span<UInt8>, _ place: Int, _ sender: Bytes32, _ now: Instant, _ effects: inout [GossipEffect]
  ) -> Arrival {
    guard let message = ViewMessage(body) else { return .refused(.malformed) }
    switch message {
    case .join(let node), .neighbour(let node, _), .accepted(let node, _), .refused(let node, _, _):
      guard node.id == sender else {
        cut(place, .misbehaved, now, &effects)
        return .taken
      }
    default: break
    }
    views.receive(message, on: links[place].number, now: now, &viewEffects)
    return .taken
  }

  /// A member says who is there; false when it speaks in another's name.
  mutating func member(_ message: SwimMessage, _ sender: Bytes32, _ now: Instant) -> Bool {
    switch message {
    case .ping(_, _, let from, _), .pingRequest(_, _, let from, _, _), .pull(_, let from, _):
      guard from.id == sender else { return false }
    default: break
    }
    swim.receive(message, now: now, &swimEffects)
    return true
  }
}
