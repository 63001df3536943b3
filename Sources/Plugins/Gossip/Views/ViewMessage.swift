import MixNet

/// What nodes tell each other to keep their views. All numbers are big-endian; the first byte names the message.
package enum ViewMessage: Hashable, Sendable {
  /// 1: a node is new here, or has lost everybody.
  case join(NodeRecord)
  /// 2: a walk through the network, at whose end somebody takes the new node.
  case forwardJoin(NodeRecord, ttl: UInt8)
  /// 3: be my neighbour.
  case neighbour(NodeRecord, Need)
  /// 4: the answer to 1 and 3: yes.
  case accepted(NodeRecord, peers: [PeerHint])
  /// 5: the answer to 1 and 3: no, not within `backoff` seconds.
  case refused(NodeRecord, backoff: UInt16, peers: [PeerHint])
  /// 6: no neighbours any more; who is leaving the network should be forgotten.
  case disconnect(isLeaving: Bool, backoff: UInt16, peers: [PeerHint])
  /// 7: a walk that brings nodes to its end and others back. `walk` names it on the way back.
  case shuffle(walk: UInt64, ttl: UInt8, origin: NodeRecord, peers: [PeerHint])
  /// 8: what comes back, over the same links.
  case shuffleReply(walk: UInt64, peers: [PeerHint])

  /// Why a node asks.
  package enum Need: UInt8, Sendable {
    /// One more would be good.
    case more = 0
    /// There are hardly any others: it is worth sending somebody else away.
    case urgent = 1
    /// Who asks trusts the other's address. When they are neighbours already, over a link that the other dialled, that is as good: the answer is no.
    case anchor = 2
  }

  /// Nodes that one message tells of at most.
  package static let peersMax = 8
  /// Links that a walk has at most.
  package static let walkMax: UInt8 = 15
  /// The longest message.
  package static let sizeMax = 1 + 8 + 1 + NodeRecord.sizeMax + 1 + peersMax * (NodeRecord.sizeMax + 2)
}

extension ViewMessage {
  /// Appends the message's bytes; of a list that is too long the rest is left out.
  package func encode(into out: inout [UInt8]) {
    switch self {
    case .join(let node):
      out.append(1)
      node.encode(into: &out)
    case .forwardJoin(let node, let ttl):
      out += [2, min(ttl, Self.walkMax)]
      node.encode(into: &out)
    case .neighbour(let node, let need):
      out += [3, need.rawValue]
      node.encode(into: &out)
    case .accepted(let node, let peers):
      out.append(4)
      node.encode(into: &out)
      Self.encode(peers, into: &out)
    case .refused(let node, let backoff, let peers):
      out.append(5)
      node.encode(into: &out)
      out.append(bigEndian: backoff)
      Self.encode(peers, into: &out)
    case .disconnect(let isLeaving, let backoff, let peers):
      out += [6, isLeaving ? 1 : 0]
      out.append(bigEndian: backoff)
      Self.encode(peers, into: &out)
    case .shuffle(let walk, let ttl, let origin, let peers):
      out.append(7)
      out.append(bigEndian: walk)
      out.append(min(ttl, Self.walkMax))
      origin.encode(into: &out)
      Self.encode(peers, into: &out)
    case .shuffleReply(let walk, let peers):
      out.append(8)
      out.append(bigEndian: walk)
      Self.encode(peers, into: &out)
    }
  }

  private static func encode(_ peers: [PeerHint], into out: inout [UInt8]) {
    out.append(UInt8(min(peers.count, peersMax)))
    for peer in peers.prefix(peersMax) { peer.encode(into: &out) }
  }

  /// Reads a whole message; nil for anything that ``encode(into:)`` would not write.
  package init?(_ bytes: Span<UInt8>) {
    var reader = FieldReader()
    guard let kind = reader.u8(bytes), let message = Self.read(kind, &reader, bytes), reader.isAtEnd(bytes) else {
      return nil
    }
    self = message
  }

  private static func read(_ kind: UInt8, _ reader: inout FieldReader, _ bytes: Span<UInt8>) -> ViewMessage? {
    switch kind {
    case 1: return NodeRecord(&reader, bytes).map { .join($0) }
    case 2:
      guard let ttl = reader.u8(bytes), ttl <= walkMax, let node = NodeRecord(&reader, bytes) else { return nil }
      return .forwardJoin(node, ttl: ttl)
    case 3:
      guard let byte = reader.u8(bytes), let need = Need(rawValue: byte), let node = NodeRecord(&reader, bytes)
      else { return nil }
      return .neighbour(node, need)
    case 4:
      guard let node = NodeRecord(&reader, bytes), let peers = peers(&reader, bytes) else { return nil }
      return .accepted(node, peers: peers)
    case 5:
      guard let node = NodeRecord(&reader, bytes), let backoff = reader.u16(bytes), let peers = peers(&reader, bytes)
      else { return nil }
      return .refused(node, backoff: backoff, peers: peers)
    case 6:
      guard let isLeaving = reader.flag(bytes), let backoff = reader.u16(bytes), let peers = peers(&reader, bytes)
      else { return nil }
      return .disconnect(isLeaving: isLeaving, backoff: backoff, peers: peers)
    case 7:
      guard let walk = reader.u64(bytes), let ttl = reader.u8(bytes), ttl <= walkMax,
        let origin = NodeRecord(&reader, bytes), let peers = peers(&reader, bytes)
      else { return nil }
      return .shuffle(walk: walk, ttl: ttl, origin: origin, peers: peers)
    case 8:
      guard let walk = reader.u64(bytes), let peers = peers(&reader, bytes) else { return nil }
      return .shuffleReply(walk: walk, peers: peers)
    default: return nil
    }
  }

  private static func peers(_ reader: inout FieldReader, _ bytes: Span<UInt8>) -> [PeerHint]? {
    reader.list(bytes, most: peersMax) { PeerHint(&$0, $1) }
  }
}
