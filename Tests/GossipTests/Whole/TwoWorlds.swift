import MixNet
import SimNet
import Testing

@testable import Gossip
@testable import GossipSim

/// Twenty nodes, what they publish and when, and which of them is killed: the same for whole nodes and for cores.
struct Timetable {
  var count = 20
  var seed: UInt64 = 1
  /// Lines of `[gossip]`.
  var table = "mesh_nodes_max = 0"
  var batch = 128
  var publishers = [0, 4, 9, 13, 18]
  var messages = 100
  var victim: Int?

  /// How many messages, how large, how often, and over which latencies.
  var scenario: ClusterScenario {
    var scenario = ClusterScenario()
    (scenario.nodes, scenario.publishers, scenario.messages, scenario.seed) = (count, publishers.count, messages, seed)
    return scenario
  }

  static let pause = Nanos.ms(20)
  var begin: Instant { Instant(ns: 1_000_000_000) + Self.pause * UInt64(count) + .s(20) }
  func due(_ number: Int) -> Instant {
    begin + .ms(1) + Nanos(UInt64(number) * 1_000_000_000 / UInt64(scenario.rate))
  }
  /// When all has come, and when nobody speaks any more of who was killed.
  var drained: Instant { due(messages) + .s(5) }
  var killed: Instant { drained + .ms(10) }
  var end: Instant { victim == nil ? drained : killed + .s(15) }
  func publisher(_ number: Int) -> Int { publishers[number % publishers.count] }
}

/// What came of it.
struct WorldResult {
  /// A delivery: of which message, where.
  struct Place: Hashable {
    let node: Int
    let origin: Bytes32
    let epoch: UInt64
    let sequence: UInt64
  }
  struct Delivery: Equatable {
    let time: Instant
    let hop: UInt8
    let content: Bytes32
  }

  var meter: ClusterMeter
  var deliveries: [Place: Delivery] = [:]
  var repeated = 0
  var words = TreeWords()
  /// Before the victim was killed.
  var looks: [CoreLook] = []
  /// At which nodes, and when, who was found dead.
  var deaths: [Bytes32: [Int: Instant]] = [:]
  var suspicions = 0
  var finalLooks: [CoreLook] = []

  init(_ scenario: ClusterScenario) { meter = ClusterMeter(scenario) }

  mutating func delivered(_ message: GossipMessage, at node: Int, _ now: Instant) {
    meter.delivered(message, to: node, now: now)
    let place = Place(node: node, origin: message.origin, epoch: message.epoch, sequence: message.sequence)
    let content = GossipHeader.content(of: message.payload.span)
    if deliveries.updateValue(Delivery(time: now, hop: message.hop, content: content), forKey: place) != nil {
      repeated += 1
    }
  }

  mutating func found(_ event: MemberEvent, _ node: Bytes32, by number: Int, _ now: Instant) {
    if event == .suspect { suspicions += 1 }
    if event == .dead { deaths[node, default: [:]][number] = now }
  }

  /// Pairs of a message and a node other than its publisher that got it, of so many nodes.
  func received(_ count: Int) -> Int { meter.pairs([(1 << UInt64(count)) - 1]).received }
  var rmr: Double { meter.excess(meter.frames.settled, meter.news.settled) }
  var rmrAll: Double { meter.excess(meter.frames.all, meter.news.all) }
}

extension Timetable {
  /// Whole nodes, in a world of sockets; with the town, whose tapes stay.
  func runNodes() throws -> (result: WorldResult, town: WholeTown) {
    let latencies = ClusterWorld(worldSettings)
    let town = WholeTown(count, seed: seed, batch: batch, table: table) { latencies.latency($0, $1) }
    var result = WorldResult(scenario)
    for number in 0..<count {
      try town.start(number)
      town.world.run(for: Self.pause)
    }
    for number in 0..<messages {
      town.world.run(until: due(number))
      let publisher = publisher(number)
      town.publish(result.meter.next(by: publisher, at: town.world.now, isCounted: true), by: publisher)
    }
    town.world.run(until: drained)
    let tapes = try (0..<count).map { try town.tape($0) }
    let origins = tapes.map { $0.hub.core.own.id.prefix }
    result.looks = tapes.map { CoreLook($0.hub.core, origins: origins) }
    if let victim {
      town.world.run(until: killed)
      town.kill(victim)
      town.world.run(until: end)
    }
    result.finalLooks = tapes.map { CoreLook($0.hub.core, origins: origins) }
    listen(to: tapes, &result)
    return (result, town)
  }

  private func listen(to tapes: [CoreTape], _ result: inout WorldResult) {
    var all: [(time: Instant, place: Int, node: Int, entry: TapeEntry)] = []
    for (node, tape) in tapes.enumerated() { tape.read { all.append(($1, all.count, node, $0)) } }
    for (time, _, node, entry) in all.sorted(by: { ($0.time.ns, $0.place) < ($1.time.ns, $1.place) }) {
      switch entry {
      case .effect(.deliver(let message)): result.delivered(message, at: node, time)
      case .effect(.member(let event, let record)): result.found(event, record.id, by: node, time)
      case .call(.frame(.arrive, let bytes, _, _), _):
        if bytes.first == LinkFrame.Kind.message.rawValue { result.meter.came(bytes.span) }
      case .frame(let bytes, _): result.words.count(bytes.span)
      default: break
      }
    }
  }

  private var worldSettings: ClusterWorld.Settings {
    var settings = ClusterWorld.Settings()
    (settings.seed, settings.latency) = (scenario.seed, scenario.latency)
    return settings
  }

  /// Cores alone, in a world of frames: each made of what the whole node's was made of.
  func runCores(like town: WholeTown) throws -> WorldResult {
    let world = ClusterWorld(worldSettings)
    let results = ResultBox(scenario)
    for number in 0..<count {
      let hub = try town.tape(number).hub
      guard var core = hub.setup.core(seed: hub.seed) else { throw TapeDifference("no core") }
      core.subscribe(GossipHeader.topic(WholeTown.topic))
      world.add(core, after: Self.pause * UInt64(number)).withholds = { frame in
        results.value.words.count(frame)
        return false
      }
    }
    world.delivered = { results.value.delivered($1, at: $0.number, world.now) }
    world.carried = { results.value.meter.came($1) }
    world.found = { results.value.found($1, $2.id, by: $0.number, world.now) }
    for number in 0..<messages {
      world.run(until: due(number))
      let node = world.nodes[publisher(number)]
      let payload = results.value.meter.next(by: node.number, at: world.now, isCounted: true)
      let (topic, wall) = (GossipHeader.topic(WholeTown.topic), world.wall)
      world.act(node) { _ = $0.publish(payload, topic: topic, now: $1, wall: wall, &$2) }
    }
    world.run(until: drained)
    let origins = world.nodes.map { $0.record.id.prefix }
    results.value.looks = world.nodes.map { CoreLook($0.core, origins: origins) }
    if let victim {
      world.run(until: killed)
      world.crash(world.nodes[victim])
      world.run(until: end)
    }
    results.value.finalLooks = world.nodes.map { CoreLook($0.core, origins: origins) }
    return results.value
  }
}

private final class ResultBox {
  var value: WorldResult
  init(_ scenario: ClusterScenario) { value = WorldResult(scenario) }
}
