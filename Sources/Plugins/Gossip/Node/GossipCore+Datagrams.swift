package import MixNet

// What goes without a link: the words of members, and, in a small cluster that shares a key, small messages straight from their origins.
//
// A datagram may get lost, and nobody is held up by one that is not read. So a message goes as one only to nodes whose datagrams have come
// here, and only a bounded number a second; the others go over links. Who finds by a comparison that it has missed one says so, and gets
// links for a while.
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

  /// A datagram comes from wherever, so nothing is known of it before its proof holds, and nobody is to blame for one that is wrong.
  mutating func arrived(datagram bytes: Span<UInt8>, _ now: Instant) -> Arrival {
    guard let message = message(ofDatagram: bytes) else { return refusedDatagram(.malformed) }
    keepMeshPlan()
    guard isRunning, meshPlan.origins[message.frame.header.originKey] != nil else { return refusedDatagram(.stranger) }
    guard membership.holds(message.frame, in: bytes.extracting(ArrivedMessage.begin...)) else {
      return refusedDatagram(.badProof)
    }
    counts.messagesReceived += 1
    counts.bytesReceived += bytes.count
    counters.count(.received, bytes: bytes.count, now: now)
    return .message(message)
  }

  private mutating func refusedDatagram(_ refusal: FrameRefusal) -> Arrival {
    counts.refuse(refusal)
    return .refused(refusal)
  }

  /// What a datagram carries, whether its proof holds or not.
  func message(ofDatagram bytes: Span<UInt8>) -> ArrivedMessage? {
    guard saysByDatagram, bytes.count > ArrivedMessage.begin, Self.carriesMessage(bytes),
      bytes[1] == LinkFrame.Flags.direct.rawValue, let frame = MessageFrame(bytes.extracting(ArrivedMessage.begin...)),
      frame.header.proof == membership.proof
    else { return nil }
    return ArrivedMessage(datagram: frame, id: frame.header.id(byContent: settings.broadcast.byContent))
  }

  /// Messages go as datagrams where the node has some, and what they claim is cheap to check: a flood of signatures would not be.
  private var saysByDatagram: Bool {
    settings.usesDatagrams && settings.meshDatagrams && membership.proof == .clusterKey
  }

  /// Whether the next message that waits, of so many bytes, goes to all as a datagram. Then no link need have room.
  mutating func goesByDatagrams(_ size: Int?, _ now: Instant) -> Bool {
    guard let size, size <= settings.meshPayloadMax, fitsDatagram(MessageFrame.overheadMax + size),
      datagramsLeft.ready(1, now) <= now
    else { return false }
    keepMeshPlan()
    return meshPlan.isWhole && meshPlan.byLink.isEmpty && !meshPlan.addresses.isEmpty
  }

  func fitsDatagram(_ frame: Int) -> Bool { saysByDatagram && ArrivedMessage.begin + frame <= datagramMax }

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

  // MARK: To whom

  /// A datagram of a member has come: so others may as well, and those of this node to it.
  private mutating func heard(datagramOf peer: Bytes32, _ now: Instant, _ effects: inout [GossipEffect]) {
    guard saysByDatagram, let place = links.first(where: { $0.isMesh && $0.peer == peer }),
      !links[place].takesDatagrams, links[place].datagramsAgain <= now
    else { return }
    links.setDatagrams(true, at: place)
    var word = [LinkFrame.Kind.datagrams.rawValue]
    word.append(bigEndian: sequence + 1)
    queue(word, on: place, &effects)
  }

  /// Asks a node with a new link for messages straight to it for a datagram, so that it need not wait until it is probed.
  mutating func askForDatagram(_ peer: Bytes32) {
    guard saysByDatagram, let node = swim.record(peer) else { return }
    swimEffects.append(.send(.ping(0, target: peer, from: own, []), to: peer, at: node.address))
  }

  /// The other side's messages from a number on may come as datagrams.
  mutating func datagramsBegin(_ body: Span<UInt8>, _ place: Int) -> Bool {
    guard body.count == 8 else { return false }
    links[place].datagramsFrom = max(1, body.bigEndianWord(at: 0))
    return true
  }

  /// A message came by a comparison. If it should have come as a datagram, its origin hears that, once.
  mutating func missed(_ header: GossipHeader, _ effects: inout [GossipEffect]) {
    guard let place = links.first(where: { $0.isMesh && $0.peer == header.origin }),
      let from = links[place].datagramsFrom, header.sequence >= from
    else { return }
    links[place].datagramsFrom = nil
    queue([LinkFrame.Kind.lost.rawValue], on: place, &effects)
  }

  /// The other side has missed a datagram: for a while it gets all over its link.
  mutating func datagramWasLost(_ body: Span<UInt8>, _ place: Int, _ now: Instant) -> Bool {
    guard body.count == 0 else { return false }
    links.setDatagrams(false, at: place)
    links[place].datagramsAgain = now + Self.linkTime
    return true
  }

  private static var linkTime: Nanos { .s(60) }
}
