import Gossip
import GossipSim
import MixNet
import Testing

/// Nodes with views, joined by links that keep the order; a frame that is lost comes later. All that they say goes as bytes.
final class ViewNetwork {
  final class Node {
    var views: HyParView
    let record: NodeRecord
    var isUp = true
    var wakes = Instant.never
    /// What the effects say, held against what the views say.
    var slots: [Slot: NodeRecord] = [:]
    init(_ views: consuming HyParView, _ record: NodeRecord) {
      self.views = views
      self.record = record
    }
  }
  private final class Link {
    let ends: (Int, Int)
    let latency: Nanos
    var isOpen = true
    var latest = (Instant.zero, Instant.zero)
    init(_ ends: (Int, Int), _ latency: Nanos) { (self.ends, self.latency) = (ends, latency) }
  }
  private enum Event {
    case wake(Int)
    case start(Int)
    case arrive(from: Int, to: Int, number: UInt64)
    case dialled(Int, number: UInt64, link: LinkNumber)
    case dialFailed(Int, number: UInt64)
    case frame(Int, LinkNumber, [UInt8])
    case down(Int, LinkNumber)
  }

  private(set) var nodes: [Node] = []
  private(set) var now = Instant(ns: 1_000_000_000)
  private var links: [LinkNumber: Link] = [:]
  private var places: [Address: Int] = [:]
  private var events = EventQueue<Event>()
  private var random: RandomStream
  private let seed: Seed
  private var linksMade: LinkNumber = 0
  /// Of so many of a thousand frames the first copy is lost.
  var lossPerMille: UInt64 = 0
  /// How long it takes to see that the other end of a link has crashed.
  var notices = Nanos.s(1)
  private(set) var frames = 0
  private(set) var bytes = 0
  private(set) var digest: UInt64 = 0
  private(set) var tooEarly = 0

  init(seed: UInt64) {
    self.seed = Seed(seed)
    random = RandomStream(seed: self.seed.derived("network"))
  }

  @discardableResult func add(_ settings: ViewSettings, group: Int? = nil, after: Nanos = .zero) throws -> Int {
    let place = nodes.count
    let record = node(place, group: group)
    nodes.append(Node(HyParView(record, settings, seed: seed.derived("node", UInt64(place))), record))
    places[record.address] = place
    events.push(now + after, .start(place))
    return place
  }

  func run(for time: Nanos) throws {
    let end = now + time
    while let event = events.pop(until: end) {
      now = event.time
      try take(event.value)
    }
    now = end
  }

  func act(_ place: Int, _ body: (inout HyParView, Instant, inout [ViewEffect]) -> Void) {
    guard nodes[place].isUp else { return }
    var effects: [ViewEffect] = []
    body(&nodes[place].views, now, &effects)
    for effect in effects { carryOut(effect, place) }
    let next = nodes[place].views.next
    if next < nodes[place].wakes {
      nodes[place].wakes = next
      events.push(max(next, now), .wake(place))
    }
  }

  func crash(_ place: Int) {
    nodes[place].isUp = false
    for number in links.keys.sorted() {
      guard let link = links[number], link.isOpen, link.ends.0 == place || link.ends.1 == place else { continue }
      link.isOpen = false
      events.push(now + notices, .down(link.ends.0 == place ? link.ends.1 : link.ends.0, number))
    }
  }

  /// Ends without a word; what was said before still comes.
  func gone(_ place: Int) { nodes[place].isUp = false }

  /// A node says by hand that it is new, over a link of its own.
  func join(_ place: Int, _ other: Int) {
    linksMade += 1
    links[linksMade] = Link((place, other), latency(place, other))
    send(.join(nodes[place].record), place, linksMade)
  }

  func breakAll() {
    for number in links.keys.sorted() {
      guard let link = links[number], link.isOpen else { continue }
      link.isOpen = false
      for place in [link.ends.0, link.ends.1] { act(place) { $0.linkDown(number, now: $1, &$2) } }
    }
  }

  private func take(_ event: Event) throws {
    switch event {
    case .start(let place): act(place) { $0.start(now: $1, &$2) }
    case .wake(let place):
      // There is a later one when this one is old.
      guard nodes[place].wakes <= now else { return }
      nodes[place].wakes = .never
      act(place) { $0.tick($1, &$2) }
    case .arrive(let from, let to, let number):
      // Who is down says nothing at all.
      guard nodes[to].isUp else { return }
      linksMade += 1
      let link = Link((from, to), latency(from, to))
      links[linksMade] = link
      events.push(now + link.latency, .dialled(from, number: number, link: linksMade))
    case .dialled(let place, let number, let link):
      act(place) { $0.dialled(number, link: link, now: $1, &$2) }
    case .dialFailed(let place, let number): act(place) { $0.dialFailed(number, now: $1, &$2) }
    case .frame(let place, let link, let bytes):
      guard links[link]?.isOpen == true else { return }
      let message = try #require(read(bytes))
      act(place) { $0.receive(message, on: link, now: $1, &$2) }
    case .down(let place, let link): act(place) { $0.linkDown(link, now: $1, &$2) }
    }
  }

  private func carryOut(_ effect: ViewEffect, _ place: Int) {
    switch effect {
    case .dial(let address, let number):
      guard let other = places[address] else { return events.push(now + .ms(20), .dialFailed(place, number: number)) }
      events.push(now + latency(place, other), .arrive(from: place, to: other, number: number))
    case .send(let message, let number): send(message, place, number)
    case .close(let number):
      guard let link = links[number], link.isOpen else { return }
      let isFirst = link.ends.0 == place
      events.push(
        max(now + link.latency, isFirst ? link.latest.0 : link.latest.1),
        .down(isFirst ? link.ends.1 : link.ends.0, number))
    case .slotUp(let slot, let record, _):
      #expect(nodes[place].slots.updateValue(record, forKey: slot) == nil)
    case .slotDown(let slot, let record):
      #expect(nodes[place].slots.removeValue(forKey: slot) == record)
    case .tooEarly: tooEarly += 1
    }
  }

  private func send(_ message: ViewMessage, _ place: Int, _ number: LinkNumber) {
    guard let link = links[number], link.isOpen else { return }
    var frame: [UInt8] = []
    message.encode(into: &frame)
    (frames, bytes) = (frames + 1, bytes + frame.count)
    for byte in frame { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    let isFirst = link.ends.0 == place
    let delay = random.below(1_000) < lossPerMille ? link.latency + .ms(200) : link.latency
    let time = max(now + delay, isFirst ? link.latest.0 : link.latest.1)
    if isFirst { link.latest.0 = time } else { link.latest.1 = time }
    events.push(time, .frame(isFirst ? link.ends.1 : link.ends.0, number, frame))
  }

  /// One way, and the same for two nodes always.
  private func latency(_ a: Int, _ b: Int) -> Nanos {
    var stream = RandomStream(seed: seed.derived("latency", UInt64(min(a, b) << 32 | max(a, b))))
    return .us(10_000 + stream.below(40_000))
  }

  // MARK: What came of it

  var live: [Int] { nodes.indices.filter { nodes[$0].isUp } }

  func neighbours(_ place: Int) -> [Int] {
    (0..<Slots.count).compactMap { slot in nodes[place].views.neighbour(slot).flatMap { places[$0.address] } }
  }

  /// How many live nodes can be reached from the first of them.
  var reached: Int { live.first.map { reached(from: $0) { _ in true } } ?? 0 }

  /// How many live nodes of those for which it holds can be reached over such alone.
  func reached(from first: Int, by isOne: (Int) -> Bool) -> Int {
    var (seen, front): (Set<Int>, [Int]) = ([first], [first])
    while let place = front.popLast() {
      for other in neighbours(place) where isOne(other) && nodes[other].isUp && seen.insert(other).inserted {
        front.append(other)
      }
    }
    return seen.count
  }

  /// Links that only one end thinks of as such.
  var oneSided: Int {
    live.reduce(0) { sum, place in sum + neighbours(place).count { !neighbours($0).contains(place) } }
  }

  var leastNeighbours: Int { live.map { neighbours($0).count }.min() ?? 0 }
}
