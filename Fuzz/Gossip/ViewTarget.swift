import Gossip
import MixNet

extension FuzzTarget {
  /// A neighbour, or anybody who dials: requests, walks, goodbyes, in any order, over links that come and go.
  static let views = FuzzTarget(
    name: "views", summary: "peers: joins, neighbours, walks and shuffles, and a node that hears them", sizeMax: 320,
    seeds: { _ in
      let (one, two) = (PeerTown.node(1), PeerTown.node(2))
      let peers = [PeerHint(one, age: 3), PeerHint(PeerTown.node(40), age: 9)]
      let messages: [ViewMessage] = [
        .join(one), .forwardJoin(two, ttl: 3), .neighbour(one, .urgent), .accepted(two, peers: peers),
        .refused(one, backoff: 9, peers: peers), .disconnect(isLeaving: true, backoff: 3, peers: peers),
        .shuffle(walk: 5, ttl: 4, origin: two, peers: peers), .shuffleReply(walk: 5, peers: []),
      ]
      let bytes = messages.map { message in
        var bytes: [UInt8] = []
        message.encode(into: &bytes)
        return bytes
      }
      var life: [UInt8] = [1, 0]
      for (number, message) in bytes.enumerated() { life += [0, UInt8(number), UInt8(message.count)] + message }
      return bytes.map { [0] + $0 } + [life, [1, 1, 0, 1, 1, 1, 0, 2, 5, 9, 1, 2, 1, 3, 1, 2, 4, 1, 5, 200]]
    }
  ) { { look(Input($0)) } }
}

private func look(_ input: Input) {
  var input = input
  guard input.byte() % 2 == 1 else {
    let bytes = input.rest()
    guard let message = ViewMessage(bytes.span) else { return }
    check(bytes.count <= ViewMessage.sizeMax, "a message of \(bytes.count) bytes")
    var again: [UInt8] = []
    message.encode(into: &again)
    check(again == bytes, "a message has two encodings")
    return
  }
  var town = PeerTown(input.byte())
  while !input.isEmpty { town.take(input.byte(), &input) }
}

/// A node's views, and 64 others that say what they like.
private struct PeerTown: ~Copyable {
  private var views: HyParView
  private var now = Instant(ns: 1_000_000_000)
  private var effects: [ViewEffect] = []
  private var links: LinkNumber = 20

  init(_ kind: UInt8) {
    var settings = ViewSettings()
    settings.seeds = [Self.node(1).address, Self.node(2).address]
    if kind & 1 != 0 { settings.anchors = settings.seeds }
    if kind & 2 != 0 { settings.limitsNetgroups = false }
    views = HyParView(Self.node(0), settings, seed: Seed(1))
    views.start(known: kind & 4 == 0 ? [] : (0..<70).map { Self.node($0) }, now: now, &effects)
    judge()
  }

  private static let nodes = (0..<64).map { number in
    // Four to a netgroup.
    let word = UInt32(10 + number / 4) << 24 | UInt32(number % 4 + 1)
    let address = Address.ipv4(InlineBytes4(word: word), port: 7_000)
    guard let record = NodeRecord(id: Bytes32([UInt8(number), 1]), address: address, incarnation: 1) else {
      fatalError("there is no node \(number)")
    }
    return record
  }

  static func node(_ number: Int, incarnation: UInt64 = 1) -> NodeRecord {
    var record = nodes[number % 64]
    record.incarnation = incarnation
    return record
  }

  mutating func take(_ step: UInt8, _ input: inout Input) {
    let link = LinkNumber(input.byte() % 20)
    switch step % 12 {
    case 0:
      let bytes = input.take(Int(input.byte()))
      if let message = ViewMessage(bytes.span) { views.receive(message, on: link, now: now, &effects) }
    case 1, 2, 3: views.receive(message(&input), on: link, now: now, &effects)
    case 4:
      links += 1
      views.dialled(UInt64(input.byte()), link: step & 128 == 0 ? link : links, now: now, &effects)
    case 5:
      now = now + .ms(UInt64(input.byte()) * (1 << UInt64(link % 12)))
      views.tick(now, &effects)
      check(views.next > now, "a node comes to no rest")
    case 6: views.dialFailed(UInt64(input.byte()), now: now, &effects)
    case 7: views.linkDown(link, now: now, &effects)
    case 8: views.replace(Int(link), now: now, &effects)
    case 9: views.ban(Self.node(Int(input.byte())).id, for: .s(UInt64(link)), now: now, &effects)
    case 10: views.dead(Self.node(Int(input.byte())).id, now: now, &effects)
    default:
      let word = input.byte()
      views.trust(Int(link), word & 1 == 0)
      views.protect(Int(link), word & 2 == 0)
      if word & 4 != 0 { views.expect(nodes: Int(truncatingIfNeeded: input.number(8))) }
      if word == 255 { views.leave(now: now, &effects) }
    }
    judge()
  }

  private func message(_ input: inout Input) -> ViewMessage {
    let kind = input.byte()
    let node = Self.node(Int(input.byte()), incarnation: kind & 64 == 0 ? 1 : input.incarnation())
    let peers = (0..<Int(input.byte() % 9)).map { _ in PeerHint(Self.node(Int(input.byte())), age: UInt16(kind)) }
    switch kind % 8 {
    case 0: return .join(node)
    case 1: return .forwardJoin(node, ttl: kind / 16)
    case 2: return .neighbour(node, ViewMessage.Need(rawValue: kind / 8 % 3) ?? .more)
    case 3: return .accepted(node, peers: peers)
    case 4: return .refused(node, backoff: UInt16(input.number(2)), peers: peers)
    case 5: return .disconnect(isLeaving: kind & 8 != 0, backoff: UInt16(input.number(2)), peers: peers)
    case 6: return .shuffle(walk: UInt64(kind), ttl: kind / 16, origin: node, peers: peers)
    default: return .shuffleReply(walk: input.number(8), peers: peers)
    }
  }

  private mutating func judge() {
    check(views.up.size <= Slots.count, "there are \(views.up.size) neighbours")
    check(views.passiveNodes.count <= max(2, views.settings.passiveSize, 60), "the passive view grows")
    check(effects.count <= 128, "one step has \(effects.count) effects")
    var ids: Set<Bytes32> = []
    views.up.forEach { slot in
      guard let node = views.neighbour(slot) else { fatalError("nobody is in slot \(slot)") }
      check(ids.insert(node.id).inserted && node.id != Self.node(0).id, "somebody is twice a neighbour")
    }
    for effect in effects {
      guard case .send(let message, _) = effect else { continue }
      var bytes: [UInt8] = []
      message.encode(into: &bytes)
      check(ViewMessage(bytes.span) == message, "a message is not read as it was written")
    }
    effects.removeAll(keepingCapacity: true)
  }
}
