import Gossip
import MixNet

extension FuzzTarget {
  /// A neighbour: what it says of messages, and messages themselves, in any order.
  static let trees = FuzzTarget(
    name: "trees", summary: "peers: announcements, grafts, prunes and digests, and a node that hears them",
    sizeMax: 400,
    seeds: { _ in
      let id = Bytes16([1, 2, 3])
      var windows = OriginWindows(capacity: 4, seed: Seed(4))
      for number in [1, 2, 5, 70] as [UInt64] { _ = windows.mark(9, epoch: 1, number, now: .zero) }
      let messages: [TreeMessage] = [
        .announce([Announcement(id: id, origin: 7, hop: 1)]), .graft(id, origin: 7), .prune(origin: 7), .notFound(id),
        .digest(OriginDigest(windows, from: 0, since: .zero), wantsAnswer: true),
      ]
      var life: [UInt8] = [1, 0, 1, 0, 2, 1, 1, 1, 1, 0, 2, 2, 1, 1, 0, 3, 200, 4, 9, 6, 1]
      for message in messages { life += [5, 1, UInt8(message.bytes.count)] + message.bytes }
      return messages.map { [0] + $0.bytes } + [life]
    }
  ) { { look(Input($0)) } }
}

private func look(_ input: Input) {
  var input = input
  guard input.byte() % 2 == 1 else {
    let bytes = input.rest()
    guard let message = TreeMessage(bytes.span) else { return }
    check(message.bytes == bytes, "a message has two encodings")
    guard case .digest(let digest, _) = message else { return }
    for line in digest.lines {
      check(!digest.lacks(line.origin, epoch: line.epoch, line.complete), "what is complete is missing")
      for number in [0, line.complete &+ 1, line.complete &+ 1_024, .max] {
        check(digest.lacks(line.origin, epoch: line.epoch, number) == !line.has(epoch: line.epoch, number), "two words")
      }
    }
    return
  }
  var node = RumourNode()
  while !input.isEmpty { node.take(input.byte(), &input) }
}

/// A node with little room, and what its neighbours tell it.
private struct RumourNode: ~Copyable {
  private var broadcast: Broadcast
  private var now = Instant(ns: 40_000_000_000)
  private var effects: [BroadcastEffect] = []
  private static let room = 2_000

  init() {
    var settings = BroadcastSettings()
    (settings.dedupMax, settings.cacheBytes, settings.cacheMessages, settings.newcomerMax) = (32, Self.room, 8, 4)
    (settings.tree.originsMax, settings.tree.missingMax) = (4, 8)
    broadcast = Broadcast(settings, random: RandomStream(seed: Seed(1)), seed: Seed(7))
  }

  private var wall: WallTime { WallTime(ns: Int64(clamping: now.ns)) }

  mutating func take(_ step: UInt8, _ input: inout Input) {
    let slot = Int(input.byte() % 18)
    switch step % 8 {
    case 0: if slot < Slots.count { broadcast.came(slot, now: now, &effects) }
    case 1: broadcast.went(slot)
    case 2: hear(header(&input), hop: input.byte(), from: slot, input.byte())
    case 3:
      now = now + .ms(UInt64(input.byte()) * (1 << UInt64(slot % 12)))
      broadcast.tick(now, &effects)
      check(broadcast.next > now, "a node comes to no rest")
    case 4:
      let header = header(&input)
      let frame = frame(header)
      _ = broadcast.publish(frame.span, header, now: now, &effects)
    case 5:
      let bytes = input.take(Int(input.byte()))
      if let message = TreeMessage(bytes.span) { broadcast.told(message, by: slot, now: now, &effects) }
    case 6: if let message = said(&input) { broadcast.told(message, by: slot, now: now, &effects) }
    default: broadcast.roundTrip(Nanos(input.number(8)), of: slot)
    }
    judge()
  }

  /// One of few messages, so that steps have to do with each other.
  private func header(_ input: inout Input) -> GossipHeader {
    let (origin, number, kind) = (input.byte(), input.byte(), input.byte())
    let created: UInt64 = kind & 64 == 0 ? now.ns / 1_000_000 : input.number(8)
    return GossipHeader(
      proof: .clusterKey, topic: 1, origin: Bytes32([origin % 6]), epoch: UInt64(kind % 3),
      sequence: kind & 128 == 0 ? UInt64(number % 16) : input.number(8), createdMS: created,
      lifeMS: UInt32(kind & 32 == 0 ? 1_000 : 61_000), payloadSize: 20 * UInt32(number), content: Bytes32([number]))
  }

  private func frame(_ header: GossipHeader) -> [UInt8] {
    let payload = [UInt8](repeating: 3, count: Int(header.payloadSize))
    return MessageFrame.bytes(header, ZstdCodec.Packed(plain: payload))
  }

  private mutating func hear(_ header: GossipHeader, hop: UInt8, from slot: Int, _ fate: UInt8) {
    let isRepair = fate & 8 != 0
    let id = header.id()
    let look = broadcast.look(header, id: id, from: slot, isRepair: isRepair, now: now, wall: wall, &effects)
    guard case .new = look else { return }
    switch fate % 4 {
    case 0: broadcast.reject(id)
    case 1: broadcast.ignore(header, now: now)
    default:
      let frame = frame(header)
      broadcast.accept(
        frame.span, header, id: id, hop: hop, from: slot, isRepair: isRepair, now: now, &effects)
    }
  }

  private func said(_ input: inout Input) -> TreeMessage? {
    let kind = input.byte()
    let header = header(&input)
    switch kind % 4 {
    case 0: return .announce([Announcement(id: header.id(), origin: header.originKey, hop: kind)])
    case 1: return .graft(header.id(), origin: header.originKey)
    case 2: return .prune(origin: header.originKey)
    default: return .notFound(header.id())
    }
  }

  private mutating func judge() {
    check(broadcast.dedup.size <= 32 && broadcast.windows.count <= 4, "what is remembered grows")
    let kept = broadcast.cache.since(.zero)
    check(kept.count <= 8 && kept.reduce(0) { $0 + $1.size } <= Self.room, "what is kept grows")
    check(effects.count <= 64, "one step has \(effects.count) effects")
    for effect in effects {
      switch effect {
      case .message(let id, let slots, _):
        check(!slots.isEmpty && slots.without(broadcast.tree.up).isEmpty, "a message goes nowhere")
        check(broadcast.cache.contains(id) || Self.room < 6_000, "a message is sent that is not there")
      case .repair(let id, let slot, _):
        check(broadcast.tree.up.contains(slot) && broadcast.cache.contains(id), "a repair is sent that is not there")
      case .tell(let message, let slot):
        check(broadcast.tree.up.contains(slot), "somebody is told who is not there")
        check(TreeMessage(message.bytes.span) == message, "a message is not read as it was written")
      }
    }
    effects.removeAll(keepingCapacity: true)
  }
}
