import Gossip
import GossipSim
import MixNet

/// Trees joined by links with a latency of their own each, and nothing else: what one wants done the other gets.
final class TreeNetwork {
  struct Node {
    var tree: GossipTree
    var seen = DedupCache(capacity: 100_000, keep: .s(120), seed: Seed(7))
    /// What it has, and how many links that had passed.
    var messages: [Bytes16: UInt8] = [:]
    var isUp = true
    /// Which node is at which slot, and at which slot this one is there.
    var links: [(node: Int, slot: Int, latency: Nanos)?] = Array(repeating: nil, count: Slots.count)
    var wakes = Instant.never
  }

  private enum Event {
    case message(Bytes16, origin: UInt64, hop: UInt8)
    case announcements([Announcement])
    case graft(Bytes16, origin: UInt64)
    case prune(origin: UInt64)
    case notFound(Bytes16)
    case wake
  }

  private(set) var nodes: [Node]
  private(set) var now = Instant(ns: 1_000_000_000)
  private var events = EventQueue<(node: Int, slot: Int, event: Event)>()
  private var number = 0
  private var random: RandomStream
  /// Of so many of a thousand frames nothing arrives.
  var lossPerMille: UInt64 = 0
  private(set) var pushes = 0
  private(set) var grafts = 0
  private(set) var prunes = 0
  private(set) var arrivals: [(id: Bytes16, node: Int, at: Instant, hop: UInt8)] = []
  private(set) var published: [Bytes16: (origin: UInt64, at: Instant)] = [:]

  /// A connected graph: a ring, and further links at random up to so many at each node.
  init(_ count: Int, degree: Int, seed: UInt64, settings: TreeSettings = TreeSettings()) {
    random = RandomStream(seed: Seed(seed))
    nodes = (0..<count).map { _ in Node(tree: GossipTree(settings)) }
    for node in 0..<count { join(node, (node + 1) % count) }
    for _ in 0..<20 * count {
      let (a, b) = (Int(random.below(UInt64(count))), Int(random.below(UInt64(count))))
      if nodes[a].tree.up.size < degree, nodes[b].tree.up.size < degree { join(a, b) }
    }
  }

  func join(_ a: Int, _ b: Int) {
    guard a != b, !nodes[a].links.contains(where: { $0?.node == b }) else { return }
    guard let slotA = nodes[a].links.firstIndex(where: { $0 == nil }),
      let slotB = nodes[b].links.firstIndex(where: { $0 == nil })
    else { return }
    let latency = Nanos.us(10_000 + random.below(40_000))
    nodes[a].links[slotA] = (b, slotB, latency)
    nodes[b].links[slotB] = (a, slotA, latency)
    for (node, slot) in [(a, slotA), (b, slotB)] {
      nodes[node].tree.came(slot)
      nodes[node].tree.roundTrip(latency * 2, of: slot)
    }
  }

  /// Takes a link away, as when a connection breaks.
  func part(_ a: Int, _ slot: Int) {
    guard let link = nodes[a].links[slot] else { return }
    (nodes[a].links[slot], nodes[link.node].links[link.slot]) = (nil, nil)
    nodes[a].tree.went(slot)
    nodes[link.node].tree.went(link.slot)
  }

  func crash(_ node: Int) {
    nodes[node].isUp = false
    for slot in 0..<Slots.count { part(node, slot) }
  }

  func publish(_ node: Int) -> Bytes16 {
    number += 1
    let id = Bytes16(words: [UInt64(number), random.next()])
    published[id] = (UInt64(node), now)
    _ = nodes[node].seen.checkAndMark(id, now: now)
    nodes[node].messages[id] = 0
    act(node) { $0.publish(id, origin: UInt64(node), now: $1, &$2) }
    return id
  }

  func run(for time: Nanos) {
    let end = now + time
    while let (time, first) = events.pop(until: end) {
      now = time
      guard nodes[first.node].isUp else { continue }
      take(first.event, node: first.node, slot: first.slot)
    }
    now = end
  }

  private func take(_ event: Event, node: Int, slot: Int) {
    if case .wake = event { nodes[node].wakes = .never } else if nodes[node].links[slot] == nil { return }
    switch event {
    case .message(let id, let origin, let hop):
      if nodes[node].seen.checkAndMark(id, now: now) {
        nodes[node].messages[id] = hop
        arrivals.append((id, node, now, hop))
        act(node) { $0.accept(id, origin: origin, hop: hop, from: slot, now: $1, &$2) }
      } else {
        act(node) { $0.duplicate(origin: origin, from: slot, &$2) }
      }
    case .announcements(let all):
      for one in all where !nodes[node].seen.hasSeen(one.id, now: now) {
        act(node) { tree, now, _ in tree.announced(one, by: slot, now: now) }
      }
    case .graft(let id, let origin): act(node) { $0.grafted(id, origin: origin, by: slot, &$2) }
    case .prune(let origin): act(node) { tree, _, _ in tree.pruned(origin: origin, by: slot) }
    case .notFound(let id): act(node) { tree, now, _ in tree.notFound(id, by: slot, now: now) }
    case .wake: act(node) { $0.tick($1, &$2) }
    }
  }

  private func act(_ node: Int, _ body: (inout GossipTree, Instant, inout [TreeEffect]) -> Void) {
    var effects: [TreeEffect] = []
    body(&nodes[node].tree, now, &effects)
    for effect in effects { carryOut(effect, node) }
    let next = nodes[node].tree.next
    if next < nodes[node].wakes {
      nodes[node].wakes = next
      events.push(max(next, now), (node, 0, .wake))
    }
  }

  private func carryOut(_ effect: TreeEffect, _ node: Int) {
    switch effect {
    case .push(let id, let slots, let hop):
      let origin = published[id]?.origin ?? 0
      slots.forEach { slot in
        pushes += 1
        send(.message(id, origin: origin, hop: hop), node, slot)
      }
    case .announce(let slot):
      send(.announcements(nodes[node].tree.takeAnnouncements(of: slot)), node, slot)
    case .graft(let id, let origin, let slot):
      grafts += 1
      send(.graft(id, origin: origin), node, slot)
    case .prune(let origin, let slot):
      prunes += 1
      send(.prune(origin: origin), node, slot)
    case .answer(let id, let slot):
      guard let hop = nodes[node].messages[id] else { return send(.notFound(id), node, slot) }
      pushes += 1
      send(.message(id, origin: published[id]?.origin ?? 0, hop: hop + 1), node, slot)
    }
  }

  private func send(_ event: Event, _ node: Int, _ slot: Int) {
    guard let link = nodes[node].links[slot] else { return }
    if random.below(1_000) < lossPerMille { return }
    events.push(now + link.latency, (link.node, link.slot, event))
  }
}
