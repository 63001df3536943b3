import Gossip
import GossipSim
import MixNet
import Testing

/// Nodes that probe each other over datagrams, some of which are lost.
final class SwimNetwork {
  final class Node {
    var swim: Swim
    let record: NodeRecord
    var isUp = true
    var stalledUntil = Instant.zero
    var wakes = Instant.never
    var incarnation: UInt64 = 0
    init(_ swim: consuming Swim, _ record: NodeRecord) {
      self.swim = swim
      self.record = record
    }
  }
  enum Event {
    case wake
    case start([Address])
    case datagram([UInt8])
  }
  struct Word {
    let at: Instant
    let node: Int
    let effect: SwimEffect
  }

  private(set) var nodes: [Node] = []
  private(set) var now = Instant(ns: 1_000_000_000)
  private var places: [Address: Int] = [:]
  private var events = EventQueue<(Int, Event)>()
  private var random: RandomStream
  private let seed: Seed
  private(set) var words: [Word] = []
  var lossPerMille: UInt64 = 0
  /// Between these two no datagram arrives.
  var isCut: (Int, Int) -> Bool = { _, _ in false }
  /// What comes to these waits for so long at most.
  var isSlow: [Int: Nanos] = [:]
  var latency = (least: Nanos.ms(10), most: Nanos.ms(50))
  private(set) var datagrams = 0
  private(set) var digest: UInt64 = 0

  init(seed: UInt64) {
    self.seed = Seed(seed)
    random = RandomStream(seed: self.seed.derived("network"))
  }

  func add(_ settings: SwimSettings = SwimSettings(), seeds: [Address] = [], after: Nanos = .zero) {
    let record = node(nodes.count)
    places[record.address] = nodes.count
    let swim = Swim(record, settings, seed: seed.derived("node", UInt64(nodes.count)))
    events.push(now + after, (nodes.count, .start(seeds)))
    nodes.append(Node(swim, record))
  }

  /// The node is there again, with what it kept.
  func restart(_ place: Int, _ settings: SwimSettings = SwimSettings(), seeds: [Address]) {
    let record = node(place, incarnation: nodes[place].incarnation)
    nodes[place] = Node(Swim(record, settings, seed: seed.derived("again", UInt64(place))), record)
    events.push(now, (place, .start(seeds)))
  }

  func crash(_ place: Int) { nodes[place].isUp = false }

  /// For so long the node does nothing; what comes waits.
  func stall(_ place: Int, for time: Nanos) {
    nodes[place].stalledUntil = now + time
    events.push(now + time, (place, .wake))
  }

  func run(for time: Nanos) throws {
    let end = now + time
    while let event = events.pop(until: end) {
      now = event.time
      let (place, what) = event.value
      guard nodes[place].isUp else { continue }
      if nodes[place].stalledUntil > now {
        events.push(nodes[place].stalledUntil, event.value)
        continue
      }
      switch what {
      case .wake:
        // There is a later one when this one is old.
        guard nodes[place].wakes <= now else { continue }
        nodes[place].wakes = .never
        act(place) { $0.tick($1, &$2) }
      case .start(let seeds): act(place) { $0.start(seeds: seeds, now: $1, &$2) }
      case .datagram(let bytes):
        let message = try #require(decoded(bytes))
        act(place) { $0.receive(message, now: $1, &$2) }
      }
    }
    now = end
  }

  private func decoded(_ bytes: [UInt8]) -> SwimMessage? { SwimMessage(bytes.span) }

  func act(_ place: Int, _ body: (inout Swim, Instant, inout [SwimEffect]) -> Void) {
    var effects: [SwimEffect] = []
    body(&nodes[place].swim, now, &effects)
    for effect in effects {
      switch effect {
      case .send(let message, _, let address): send(message, place, address)
      case .incarnation(let number): nodes[place].incarnation = number
      default: words.append(Word(at: now, node: place, effect: effect))
      }
    }
    let next = nodes[place].swim.next
    if next < nodes[place].wakes {
      nodes[place].wakes = next
      events.push(max(next, now), (place, .wake))
    }
  }

  private func send(_ message: SwimMessage, _ place: Int, _ address: Address) {
    var bytes: [UInt8] = []
    message.encode(into: &bytes)
    #expect(bytes.count <= SwimMessage.sizeMax)
    datagrams += 1
    for byte in bytes { digest = (digest ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    guard random.below(1_000) >= lossPerMille, let other = places[address], !isCut(place, other) else { return }
    var time = Nanos(latency.least.ns + random.below(latency.most.ns - latency.least.ns))
    if let slowness = isSlow[other] { time = time + Nanos(random.below(slowness.ns)) }
    events.push(now + time, (other, .datagram(bytes)))
  }

  // MARK: What came of it

  var live: [Int] { nodes.indices.filter { nodes[$0].isUp } }

  /// Whether each of these knows just these to be there.
  func allKnow(_ some: [Int]) -> Bool {
    some.allSatisfy { place in
      nodes[place].swim.present == some.count
        && some.allSatisfy { $0 == place || nodes[place].swim.status(nodes[$0].record.id) == .alive }
    }
  }

  /// When each of the others knew that the node is dead, from then on.
  func deaths(of place: Int, since: Instant) -> [Nanos] {
    words.compactMap { word in
      guard case .dead(let record) = word.effect, record.id == nodes[place].record.id, word.at >= since else {
        return nil
      }
      return word.at - since
    }
  }
}
