import MixHost
import MixNet
import SimNet
import Sphinx

/// Real nodes in a quiet world, senders with Poisson clocks, receivers, and someone who sees all links.
final class AnonymityRun {
  let settings: AnonymitySettings
  let world: SimWorld
  let plan: MixPlan
  let nodes: [SimNode]
  let observer: LinkObserver
  private(set) var failures: [String] = []
  /// From the sender's hand to the receiver's, by messages in the order in which they came.
  var latencies: [Nanos] = []
  /// When each message was sent.
  var sentAt: [Instant] = []
  var clients: [Correspondent] = []
  /// The receiver at each node of the last layer.
  var receivers: [Int: Bytes32] = [:]
  var targetsSent = 0
  /// Users who are told apart, if that is what is measured.
  var challenge: ChallengeBook?
  /// Packets for this node are taken off the links from clients to it.
  var blocked: Int?
  /// False when the messages of the usual senders are no targets.
  var followsSenders = true
  /// Is told of every message that is sent, by its number and packet, and of every one that comes, by its number and payload.
  var whenSent: (Int, [UInt8]) -> Void = { _, _ in }
  var whenReceived: (Int, [UInt8]) -> Void = { _, _ in }

  /// A run with these settings, in which the mixes of the first layer mark packets if there is a tagger, or those of these numbers.
  init(_ settings: AnonymitySettings, tagger: Tagger? = nil, taggedBy taggers: [Int]? = nil) {
    self.settings = settings
    let seed = SimSeed(settings.seed)
    let world = SimWorld(seed: seed)
    let count = settings.layers * settings.width
    let hosts = (0..<count).map { world.host(named: "mix-\($0 + 1)") }
    let plan = MixPlan(hosts, seed, settings.crypto, seconds: 0, chain: settings.chain, shape: settings.shape)
    let meter = FrameMeter(clientPort: MixPlan.clientPort)
    let corrupt = Self.corrupt(settings.corruptPercent, of: count, seed)
    // Where mixes make packets each of them is asked which ones; what else it says is believed of corrupt ones alone.
    let told = settings.hasCover ? Set(0..<count) : corrupt
    let betrayals = Dictionary(uniqueKeysWithValues: told.map { ($0, Betrayal()) })
    let nodes = hosts.enumerated().map {
      SimNode(
        $0.offset, on: $0.element, plan: plan, meter: meter, betrayal: betrayals[$0.offset],
        tagger: (taggers ?? plan.layers.first ?? []).contains($0.offset) ? tagger : nil)
    }
    observer = LinkObserver(
      clientPort: MixPlan.clientPort, mixes: count, targets: settings.targets, betrayals: betrayals, corrupt: corrupt)
    (self.world, self.plan, self.nodes) = (world, plan, nodes)
    observer.clock = { [unowned world] in world.now }
    if settings.hasKnownCover { observer.untold = UntoldObserver(settings, layers: plan.layers) }
    world.meter = observer
    if settings.users > 0 { challenge = ChallengeBook(settings, from: begin) }
  }

  /// When what is measured begins.
  var begin: Instant { world.settings.start + AnonymitySettings.start + settings.burnIn }

  /// So many of a hundred mixes, drawn from the seed, are the observer's.
  private static func corrupt(_ percent: Int, of mixes: Int, _ seed: SimSeed) -> Set<Int> {
    var random = seed.stream(.workload(Workload.corrupt))
    var honest = Array(0..<mixes)
    return Set(
      (0..<(mixes * percent + 50) / 100).map { _ in honest.remove(at: Int(random.below(UInt64(honest.count)))) })
  }

  /// Messages that were sent.
  var messages: Int { sentAt.count }

  /// Runs it all.
  func run() {
    guard attach() else { return }
    world.run(for: settings.burnIn + settings.window)
    followTargets()
    checkLosses()
  }

  /// Packets that mixes have dropped, or made where none was to be made, spoil what is measured.
  func checkLosses() {
    let sums = nodes.compactMap(\.sums)
    let lost = sums.reduce(0) { $0 + $1.droppedInside + $1.droppedOut }
    if lost > 0 { fail("mixes have dropped \(lost) packets") }
    if !settings.hasCover, sums.contains(where: { $0.injected > 0 }) {
      fail("mixes have made packets of their own, and nobody was asked which; say --cover")
    }
  }

  /// Boots all, and waits until the clients have their connections; false when that failed.
  func attach() -> Bool {
    boot()
    world.run(for: AnonymitySettings.start)
    if !clients.allSatisfy(\.isReady) { fail("not every client could attach") }
    return failures.isEmpty
  }

  func fail(_ what: String) { failures.append(what) }

  /// Goes on until nothing of any target is left in the mixes.
  func followTargets() {
    let end = world.now + settings.tail
    while targetsSent < settings.targets || !isDone, world.now < end { world.run(for: .ms(500)) }
    if targetsSent < settings.targets { failures.append("only \(targetsSent) targets were sent") }
    if !isDone { failures.append("some targets are under way after \(settings.tail.ms / 1_000) s") }
  }

  private var isDone: Bool {
    observer.remaining.allSatisfy { $0 < AnonymitySettings.restMax }
  }
}
