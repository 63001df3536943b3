import Gossip
import GossipSim
import MixNet

/// Whole broadcasts joined by links that delay and lose frames.
final class BroadcastNetwork {
  final class Node {
    var broadcast: Broadcast
    /// What came to the application, by id, and how often.
    var delivered: [Bytes16: Int] = [:]
    var links: [(node: Int, slot: Int, latency: Nanos)?] = Array(repeating: nil, count: Slots.count)
    var wakes = Instant.never
    var sequence: UInt64 = 0

    init(_ broadcast: consuming Broadcast) { self.broadcast = broadcast }
  }

  private enum Event {
    case frame([UInt8], isRepair: Bool)
    case told([UInt8])
    case wake
  }

  let nodes: [Node]
  private(set) var now = Instant(ns: 1_000_000_000)
  private var events = EventQueue<(node: Int, slot: Int, event: Event)>()
  private var random: RandomStream
  var lossPerMille: UInt64 = 0
  /// Frames with a message that were sent, and those that a comparison found.
  private(set) var messagesSent = 0
  private(set) var repairs = 0
  private(set) var refusals: [MessageRefusal] = []

  init(_ count: Int, degree: Int, seed: UInt64, _ change: (inout BroadcastSettings) -> Void = { _ in }) {
    random = RandomStream(seed: Seed(seed))
    var settings = BroadcastSettings()
    (settings.dedupMax, settings.cacheBytes, settings.cacheMessages) = (10_000, 1 << 18, 1_000)
    change(&settings)
    let fixed = settings
    nodes = (0..<count).map {
      Node(Broadcast(fixed, random: RandomStream(seed: Seed(seed, UInt64($0))), seed: Seed(seed)))
    }
    for node in 0..<count { join(node, (node + 1) % count) }
    for _ in 0..<20 * count {
      let (a, b) = (Int(random.below(UInt64(count))), Int(random.below(UInt64(count))))
      if [a, b].allSatisfy({ node in nodes[node].links.count { $0 != nil } < degree }) { join(a, b) }
    }
  }

  var wall: WallTime { WallTime(ns: 1_700_000_000_000_000_000 + Int64(clamping: now.ns)) }

  func join(_ a: Int, _ b: Int) {
    guard a != b, !nodes[a].links.contains(where: { $0?.node == b }) else { return }
    guard let slotA = nodes[a].links.firstIndex(where: { $0 == nil }),
      let slotB = nodes[b].links.firstIndex(where: { $0 == nil })
    else { return }
    let latency = Nanos.us(10_000 + random.below(40_000))
    nodes[a].links[slotA] = (b, slotB, latency)
    nodes[b].links[slotB] = (a, slotA, latency)
    for (node, slot) in [(a, slotA), (b, slotB)] {
      act(node) { broadcast, now, effects in
        broadcast.came(slot, now: now, &effects)
        broadcast.roundTrip(latency * 2, of: slot)
      }
    }
  }

  func partAll(_ a: Int) {
    for slot in 0..<Slots.count {
      guard let link = nodes[a].links[slot] else { continue }
      (nodes[a].links[slot], nodes[link.node].links[link.slot]) = (nil, nil)
      nodes[a].broadcast.went(slot)
      nodes[link.node].broadcast.went(link.slot)
    }
  }

  @discardableResult func publish(_ node: Int) -> Bytes16 {
    nodes[node].sequence += 1
    let payload = Array("message \(nodes[node].sequence) of \(node)".utf8)
    let header = GossipHeader(
      proof: .clusterKey, topic: 1, origin: Bytes32([UInt8(node & 255), UInt8(node >> 8), 1]), epoch: 1,
      sequence: nodes[node].sequence, createdMS: UInt64(wall.ns) / 1_000_000, lifeMS: 60_000,
      payloadSize: UInt32(payload.count), content: GossipHeader.content(of: payload.span))
    let frame = MessageFrame.bytes(header, ZstdCodec.Packed(plain: payload))
    let id = header.id()
    nodes[node].delivered[id, default: 0] += 1
    act(node) { broadcast, now, effects in _ = broadcast.publish(frame.span, header, now: now, &effects) }
    return id
  }

  /// The live nodes without a message.
  func without(_ id: Bytes16) -> [Int] { nodes.indices.filter { nodes[$0].delivered[id] == nil } }

  func run(for time: Nanos) {
    let end = now + time
    while let (time, first) = events.pop(until: end) {
      now = time
      if case .wake = first.event {
        nodes[first.node].wakes = .never
        act(first.node) { $0.tick($1, &$2) }
      } else if nodes[first.node].links[first.slot] != nil {
        take(first.event, first.node, first.slot)
      }
    }
    now = end
  }

  private func take(_ event: Event, _ node: Int, _ slot: Int) {
    switch event {
    case .frame(let bytes, let isRepair):
      guard let frame = MessageFrame(bytes.span) else { return }
      let (wall, id) = (wall, frame.header.id())
      act(node) { broadcast, now, effects in
        switch broadcast.look(
          frame.header, id: id, from: slot, isRepair: isRepair, now: now, wall: wall, &effects)
        {
        case .new:
          self.nodes[node].delivered[id, default: 0] += 1
          broadcast.accept(
            bytes.span, frame.header, id: id, hop: frame.hop, from: slot, isRepair: isRepair, now: now, &effects)
        case .refused(let refusal): self.refusals.append(refusal)
        case .duplicate: break
        }
      }
    case .told(let bytes):
      guard let message = TreeMessage(bytes.span) else { return }
      act(node) { $0.told(message, by: slot, now: $1, &$2) }
    case .wake: break
    }
  }

  private func act(_ node: Int, _ body: (inout Broadcast, Instant, inout [BroadcastEffect]) -> Void) {
    var effects: [BroadcastEffect] = []
    body(&nodes[node].broadcast, now, &effects)
    for effect in effects {
      switch effect {
      case .message(let id, let slots, let hop): slots.forEach { send(id, hop, isRepair: false, node, $0) }
      case .repair(let id, let slot, let hop):
        repairs += 1
        send(id, hop, isRepair: true, node, slot)
      case .tell(let message, let slot): send(.told(message.bytes), node, slot)
      }
    }
    let next = nodes[node].broadcast.next
    if next < nodes[node].wakes {
      nodes[node].wakes = next
      events.push(max(next, now), (node, 0, .wake))
    }
  }

  private func send(_ id: Bytes16, _ hop: UInt8, isRepair: Bool, _ node: Int, _ slot: Int) {
    var bytes = nodes[node].broadcast.cache.withFrame(id) { span in span.indices.map { span[$0] } } ?? []
    var span = bytes.mutableSpan
    MessageFrame.setHop(hop, of: .clusterKey, in: &span)
    messagesSent += 1
    send(.frame(bytes, isRepair: isRepair), node, slot)
  }

  private func send(_ event: Event, _ node: Int, _ slot: Int) {
    guard let link = nodes[node].links[slot], random.below(1_000) >= lossPerMille else { return }
    events.push(now + link.latency, (link.node, link.slot, event))
  }
}
