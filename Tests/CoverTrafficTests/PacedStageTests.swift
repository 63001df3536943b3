import MixNet
import Testing

@testable import CoverTraffic
@testable import MixHost
@testable import MixHostTesting

/// The stage with links of a constant rate: the kit's node, whose one next hop is `peer-1`.
struct PacedStageTests {
  private static let always = "[cover_traffic]\nstart_ms = 0\nlink_interval_ms = 10\nlink_queue_max = 8\n"
  private static let peers = StageConformance.node.directory.nodes.dropFirst().map(\.address)

  /// A chain whose samples go to one of the kit's peers.
  private func trial(_ config: String = always, to peer: Int = 0, isRefused: Bool = false) throws -> Trial {
    var conformance = StageConformance(
      .coverTraffic, config: config,
      packets: { index, random in
        SamplePacket(SamplePacket.bytes(1_024, &random), link: index, route: .node(Self.peers[peer]))
      })
    if isRefused { conformance = conformance.offering(.packetMaker) { RefusingMaker() } }
    let rig = try Rig(conformance)
    let trial = try Trial(rig, TrialSettings(seed: rig.seed("paced")))
    try trial.begin()
    return trial
  }

  /// What has left so far: samples and packets of the stage's own.
  private func left(_ trial: Trial) -> Int { trial.log.own.count + trial.log.fates.reduce(0) { $0 + $1.settled } }

  /// Lets so many milliseconds pass; tells at which of them how many packets left. `feed` is asked how many come in each.
  private func schedule(_ trial: Trial, ms: Int, _ feed: () -> Int = { 0 }) throws -> [Int] {
    var (counts, number) = ([Int](), 0)
    for _ in 0..<ms {
      for _ in 0..<feed() where number < trial.log.samples.count {
        _ = trial.feed(number)
        number += 1
      }
      let before = left(trial)
      try trial.settle()
      try trial.advance(by: .ms(1))
      counts.append(left(trial) - before)
    }
    return counts
  }

  /// The samples in the order in which they left.
  private func order(_ trial: Trial) -> [Int] {
    trial.log.events.compactMap { event in
      let words = event.split(separator: " ").map(String.init)
      return words.count > 4 && words[2] == "packet" && words[4] == "leaves" ? Int(words[3]) : nil
    }
  }

  private func change(_ trial: Trial, to nodes: [NetworkDirectory.Node]) throws {
    let directory = NetworkDirectory(nodes: nodes)
    for side in trial.chain.sides { side.callAll { stage, turn in stage.networkChanged(directory, &turn) } }
    try trial.settle()
  }

  /// What every stage must do or leave, from the first millisecond on and with loops, drop messages and ticks.
  @Test func conforms() throws {
    let config = "[cover_traffic]\nstart_ms = 0\nlink_interval_ms = 1\nlink_queue_max = 16\nloop_interval_ms = 5"
    // Sixteen ticks, and those that loops take.
    try StageConformance(.coverTraffic, config: config).holding(atMost: .ms(40), packets: 16).run()
  }

  /// The same milliseconds with packets and without: one at a time, each ten milliseconds.
  @Test func aPacketOnEveryTick() throws {
    var random = RandomStream(seed: Seed(4))
    let idle = try schedule(trial(), ms: 1_000)
    let loaded = try trial()
    let busy = try schedule(loaded, ms: 1_000) { random.below(12) == 0 ? 1 : 0 }
    #expect(idle == busy)
    #expect(idle.reduce(0, +) == 100)
    let ticks = idle.indices.filter { idle[$0] > 0 }
    #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $1 - $0 == 10 })
    #expect(loaded.log.fates.count { $0.settled == 1 } > 60)
    #expect(order(loaded) == order(loaded).sorted())
    try loaded.drain()
  }

  /// Too many at once: those that find the queue full are dropped and counted, the others leave in their order.
  @Test func aFullQueueDrops() throws {
    let trial = try trial()
    for number in 0..<20 { _ = trial.feed(number) }
    try trial.settle()
    #expect(trial.log.fates.count { $0.dropReason == .queueFull } == 12)
    try trial.advance(by: .ms(200))
    #expect(order(trial) == Array(0..<8))
  }

  /// What goes to another layer, and what comes before the start, goes on at once.
  @Test func othersPass() throws {
    let elsewhere = try trial(to: 1)
    let early = try trial("[cover_traffic]\nstart_ms = 1000\nlink_interval_ms = 10\n")
    for trial in [elsewhere, early] {
      for number in 0..<20 { _ = trial.feed(number) }
      try trial.settle()
      #expect(order(trial) == Array(0..<20))
    }
    #expect(try schedule(early, ms: 900).allSatisfy { $0 == 0 })
    #expect(try schedule(early, ms: 1_100).reduce(0, +) > 95)
  }

  /// At the stop all leave at once, also those that had not come so far, and no ticks come after that.
  @Test func theStopWaitsForNoTick() throws {
    let trial = try trial()
    for number in 0..<8 { _ = trial.feed(number) }
    try trial.settle()
    let before = order(trial).count
    try trial.drain()
    #expect(before <= 1)
    #expect(order(trial) == Array(0..<8))
    #expect(trial.chain.held == 0)
    #expect(try schedule(trial, ms: 100).reduce(0, +) == 0)
  }

  /// A machine that has slept for ten seconds sends one packet, not a thousand.
  @Test func aPauseIsNoBurst() throws {
    let trial = try trial("\(Self.always)loop_interval_ms = 0")
    try trial.advance(by: .ms(500))
    var burst = 0
    while trial.chain.step(at: trial.now + .s(10), { _ in burst += 1 }) {}
    #expect(burst == 1)
  }

  /// The network changes: what waits for a node that stays keeps waiting, and its ticks keep their time; what waits for one that is gone
  /// leaves at once.
  @Test func aReloadKeepsWhatWaits() throws {
    let nodes = StageConformance.node.directory.nodes
    let idle = try schedule(trial(), ms: 300)
    let trial = try trial()
    for number in 0..<8 { _ = trial.feed(number) }
    var seen = try schedule(trial, ms: 25)
    // Places change, nodes do not.
    try change(trial, to: nodes.reversed())
    seen += try schedule(trial, ms: 275)
    #expect(seen == idle)
    #expect(order(trial) == Array(0..<8))

    let gone = try self.trial()
    for number in 0..<8 { _ = gone.feed(number) }
    try gone.settle()
    try change(gone, to: nodes.filter { $0.name != "peer-1" })
    try gone.advance(by: .ms(1))
    #expect(order(gone) == Array(0..<8))
  }

  /// A packet that cannot be made is a tick that is missed; what has waited leaves nonetheless.
  @Test func whatCannotBeMadeIsCounted() throws {
    let trial = try trial("\(Self.always)loop_interval_ms = 0", isRefused: true)
    for number in 0..<8 { _ = trial.feed(number) }
    let left = try schedule(trial, ms: 1_000).reduce(0, +)
    #expect(left == 8)
    let fields = trial.chain.sides[0].status().first { $0.stage == "cover_traffic" }?.fields ?? []
    let counts = fields.reduce(into: [String: Int]()) { counts, field in
      if case .int(let count) = field.value { counts[field.name] = count }
    }
    #expect(counts["link_real"] == 8)
    #expect(counts["link_cover"] == 0)
    #expect(counts["link_missed"] == 92)
    #expect(counts["link_waiting"] == 0)
    #expect(counts["links"] == 1)
  }
}

/// Has no key for anybody.
private final class RefusingMaker: PacketMaker {
  let packetSize = 1_024
  let messageMax = 900
  func message(in payload: Span<UInt8>) -> Range<Int>? { nil }
  func firstHop(of surb: Span<UInt8>) -> Bytes32? { nil }
  func reply(_ surb: Span<UInt8>, message: Span<UInt8>, into packet: inout MutableSpan<UInt8>) -> Bool { false }
  func packet(
    along hops: [PacketHop], to destination: Bytes32, message: Span<UInt8>, at time: WallTime,
    into packet: inout MutableSpan<UInt8>, random: inout RandomStream
  ) -> Bool { false }
}
