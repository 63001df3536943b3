package import MixNet

// What goes without a link: the words of members, and, in a small cluster that shares a key, small messages straight from their origins.
//
// A datagram may get lost, and nobody is held up by one that is not read. So a message goes as one only to nodes that have said, over their link,
// that this node's datagrams come there, and only a bounded number a second; the others go over links. Who finds by a comparison that it has
// missed one says so, and gets links for a while.
extension GossipCore {
  /// A datagram came, from wherever: only its proof counts.
  package mutating func received(datagram: Span<UInt8>, now: Instant, _ effects: inout [GossipEffect]) {
    guard isRunning, settings.usesDatagrams, let (message, sender) = MemberDatagram.read(datagram, membership) else {
      return counts.datagramsRefused += 1
    }
    if sender == own.id { return heardOwnName(message, &effects) }
    guard member(message, sender, now) else { return counts.datagramsRefused += 1 }
    heard(datagramOf: sender, now, &effects)
    settle(now, &effects)
  }

  /// A member speaks in this node's name: it has the same one, or somebody has sent back what this node once said.
  private mutating func heardOwnName(_ message: SwimMessage, _ effects: inout [GossipEffect]) {
    counts.datagramsRefused += 1
    if let other = message.sender, other.id == own.id, other.address != own.address {
      metNamesake(at: other.address, &effects)
    }
  }

  mutating func metNamesake(at address: Address, _ effects: inout [GossipEffect]) {
    guard !hasNamesake else { return }
    hasNamesake = true
    effects.append(.namesake(address))
  }

  // MARK: Messages

  /// True for a datagram that carries a message: it goes through the steps of one, over ``noLink``. All others are for
  /// ``received(datagram:now:_:)``.
  package static func carriesMessage(_ datagram: Span<UInt8>) -> Bool {
    datagram.count > 0 && datagram[0] == LinkFrame.Kind.message.rawValue
  }

  /// False for a datagram that need not be looked at: it names nobody who has a link for messages straight to this node.
  package mutating func mayTake(_ datagram: Span<UInt8>) -> Bool {
    keepMeshPlan()
    let isOfPeer =
      GossipHeader.originKey(in: datagram, at: ArrivedMessage.begin).map { meshPlan.origins[$0] != nil } ?? false
    let isTaken = isRunning && takesDatagrams && isOfPeer
    if !isTaken { counts.datagramsRefused += 1 }
    return isTaken
  }

  /// A datagram comes from wherever: nothing of it is believed before its proof holds, and nobody is to blame for one that is wrong.
  mutating func arrived(datagram bytes: Span<UInt8>, _ now: Instant) -> Arrival {
    guard let message = message(ofDatagram: bytes) else { return refusedDatagram(.malformed) }
    keepMeshPlan()
    guard isRunning, meshPlan.origins[message.frame.header.originKey] != nil else { return refusedDatagram(.stranger) }
    let frame = bytes.extracting(ArrivedMessage.begin...)
    guard membership.holds(message.frame, in: frame) else { return refusedDatagram(.badProof) }
    // Under the proof is the payload's hash. Anybody can put other bytes behind it, which must not be taken for those that are still to come.
    let isWhole = !message.frame.isCompressed
    if isWhole, GossipHeader.content(of: frame.extracting(message.frame.payload)) != message.frame.header.content {
      return refusedDatagram(.badPayload)
    }
    counts.messagesReceived += 1
    counts.bytesReceived += bytes.count
    counters.count(.received, bytes: bytes.count, now: now)
    return .message(ArrivedMessage(datagram: message.frame, id: message.id, isProved: true, isWhole: isWhole))
  }

  private mutating func refusedDatagram(_ refusal: FrameRefusal) -> Arrival {
    counts.refuse(refusal)
    return .refused(refusal)
  }

  /// What a datagram carries, whether its proof holds or not.
  func message(ofDatagram bytes: Span<UInt8>) -> ArrivedMessage? {
    guard takesDatagrams, bytes.count > ArrivedMessage.begin, Self.carriesMessage(bytes),
      bytes[1] == LinkFrame.Flags.direct.rawValue, let frame = MessageFrame(bytes.extracting(ArrivedMessage.begin...)),
      frame.header.proof == membership.proof
    else { return nil }
    let id = frame.header.id(byContent: settings.broadcast.byContent)
    return ArrivedMessage(datagram: frame, id: id, isProved: false, isWhole: false)
  }

  /// Messages come as datagrams where the node has some, and what they claim is cheap to check: a flood of signatures would not be.
  private var takesDatagrams: Bool { settings.usesDatagrams && membership.proof == .clusterKey }

  /// Where messages are delivered in their order, the others would wait for one that is lost for longer than they may.
  private var wantsDatagrams: Bool { takesDatagrams && settings.meshDatagrams && !settings.isOrdered }

  /// Whether the next message that waits, of so many bytes, goes to all as a datagram. Then no link need have room.
  mutating func goesByDatagrams(_ size: Int?, _ now: Instant) -> Bool {
    guard let size, size <= settings.meshPayloadMax, fitsDatagram(MessageFrame.overhead(membership.proof) + size) else {
      return false
    }
    keepMeshPlan()
    return meshPlan.isWhole && meshPlan.byLink.isEmpty && !meshPlan.addresses.isEmpty
      && datagramsLeft.ready(UInt64(meshPlan.addresses.count), now) <= now
  }

  func fitsDatagram(_ frame: Int) -> Bool {
    takesDatagrams && settings.meshDatagrams && ArrivedMessage.begin + frame <= datagramMax
  }

  /// Whether a message of this node goes as a datagram to those that take some. Each node may send its share of what a node is to get so: what is
  /// more than it reads would be lost.
  mutating func takeDatagrams(_ frame: Int, _ now: Instant) -> Bool {
    let count = UInt64(meshPlan.addresses.count)
    return count > 0 && fitsDatagram(frame) && datagramsLeft.take(count, now)
  }

  /// Sends this node's own message to all who take datagrams.
  mutating func sendDatagrams(_ frame: [UInt8], _ now: Instant, _ effects: inout [GossipEffect]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(ArrivedMessage.begin + frame.count)
    bytes += [LinkFrame.Kind.message.rawValue, LinkFrame.Flags.direct.rawValue]
    bytes += frame
    let count = meshPlan.addresses.count
    counts.messagesSent += count
    counts.bytesSent += count * bytes.count
    counters.count(.sent, count, bytes: count * bytes.count, now: now)
    effects.append(.datagram(bytes, to: meshPlan.addresses))
  }

  /// Whose new message has just come as a datagram is there, and is not asked. What is sent again that has come once counts for nothing.
  mutating func spareProbe(_ now: Instant) {
    let period = settings.swim.period
    guard let node = swim.nodeToProbe(now), let spoke = broadcast.windows[node.prefix]?.spoke, spoke > .zero,
      now - spoke <= period
    else { return }
    swim.isHeard(now)
  }

  // MARK: To whom

  /// A datagram of a member has come here: it hears that its messages may come so.
  private mutating func heard(datagramOf peer: Bytes32, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard wantsDatagrams, let place = links.mesh(with: peer), links[place].datagramsFrom == nil,
      links[place].datagramsAgain <= now
    else { return }
    links[place].datagramsFrom = (broadcast.windows[peer.prefix]?.window.newest ?? 0) + 1
    queue([LinkFrame.Kind.datagrams.rawValue], on: place, &effects)
  }

  /// Sends a node with a new link for messages straight to it a datagram, so that it need not wait for one until it is probed.
  mutating func sendDatagram(to peer: Bytes32) {
    guard takesDatagrams, let node = swim.record(peer) else { return }
    swimEffects.append(.send(.ping(0, target: peer, from: own, []), to: peer, at: node.address))
  }

  /// The other side says that messages may come as datagrams, or, since it has missed one, that they may not.
  mutating func datagrams(areTaken: Bool, _ body: Span<UInt8>, _ place: Int, _ now: Instant) -> Arrival {
    guard body.count == 0 else { return .refused(.malformed) }
    guard links[place].words.take(10, now) else { return .refused(.rateLimited) }
    links.setDatagrams(areTaken && links[place].isMesh, at: place)
    return .taken
  }

  /// A message came by a comparison. If it should have come as a datagram, its origin hears that.
  mutating func missed(_ header: GossipHeader, _ size: Int, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard fitsDatagram(size), let place = links.mesh(with: header.origin), let from = links[place].datagramsFrom,
      header.sequence >= from
    else { return }
    (links[place].datagramsFrom, links[place].datagramsAgain) = (nil, now + Self.linkTime)
    queue([LinkFrame.Kind.lost.rawValue], on: place, &effects)
  }

  /// So long who has missed a datagram gets links.
  private static var linkTime: Nanos { .s(60) }
}
