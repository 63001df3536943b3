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
  private(set) var latencies: [Nanos] = []
  /// When each message was sent.
  private var sentAt: [Instant] = []
  private var clients: [Correspondent] = []
  /// The receiver at each node of the last layer.
  private var receivers: [Int: Bytes32] = [:]
  private var targetsSent = 0

  init(_ settings: AnonymitySettings) {
    self.settings = settings
    let seed = SimSeed(settings.seed)
    let world = SimWorld(seed: seed)
    let count = settings.layers * settings.width
    let hosts = (0..<count).map { world.host(named: "mix-\($0 + 1)") }
    let plan = MixPlan(hosts, seed, settings.crypto, seconds: 0, chain: settings.chain, shape: settings.shape)
    let meter = FrameMeter(clientPort: MixPlan.clientPort)
    let betrayals = Self.betrayals(of: settings.corruptPercent, among: count, seed)
    let nodes = hosts.enumerated().map {
      SimNode($0.offset, on: $0.element, plan: plan, meter: meter, betrayal: betrayals[$0.offset])
    }
    observer = LinkObserver(
      clientPort: MixPlan.clientPort, mixes: count, targets: settings.targets, betrayals: betrayals)
    (self.world, self.plan, self.nodes) = (world, plan, nodes)
    world.meter = observer
  }

  /// So many of a hundred mixes, drawn from the seed, are the observer's.
  private static func betrayals(of percent: Int, among mixes: Int, _ seed: SimSeed) -> [Int: Betrayal] {
    var random = seed.stream(.workload(Workload.corrupt))
    var honest = Array(0..<mixes)
    var betrayals: [Int: Betrayal] = [:]
    for _ in 0..<(mixes * percent + 50) / 100 {
      betrayals[honest.remove(at: Int(random.below(UInt64(honest.count))))] = Betrayal()
    }
    return betrayals
  }

  /// Messages that were sent.
  var messages: Int { sentAt.count }

  /// Runs it all.
  func run() {
    boot()
    world.run(for: AnonymitySettings.start)
    guard failures.isEmpty, clients.allSatisfy(\.isReady) else {
      return failures.append("not every client could attach")
    }
    world.run(for: settings.burnIn + settings.window)
    if settings.coverPerSecond == 0 { followTargets() }
    let sums = nodes.compactMap(\.sums)
    let lost = sums.reduce(0) { $0 + $1.droppedInside + $1.droppedOut }
    if lost > 0 { failures.append("mixes have dropped \(lost) packets") }
    if settings.coverPerSecond == 0, sums.contains(where: { $0.injected > 0 }) {
      failures.append("mixes have made packets of their own, and what those hide is not measured")
    }
  }

  /// Goes on until nothing of any target is left in the mixes.
  private func followTargets() {
    let end = world.now + settings.tail
    while targetsSent < settings.targets || !isDone, world.now < end { world.run(for: .ms(500)) }
    if targetsSent < settings.targets { failures.append("only \(targetsSent) targets were sent") }
    if !isDone { failures.append("some targets are under way after \(settings.tail.ms / 1_000) s") }
  }

  private var isDone: Bool {
    observer.remaining.allSatisfy { $0 < AnonymitySettings.restMax }
  }

  // MARK: Who takes part

  private func boot() {
    for node in nodes {
      do { try node.boot() } catch { failures.append("\(node.host.name) does not start: \(error)") }
    }
    for node in plan.layers.last ?? [] {
      guard let receiver = boot("receiver-\(node + 1)", attachedTo: [node]) else { continue }
      receivers[node] = receiver.key.address
      receiver.work = { [unowned self] in receive($0, $1) }
    }
    for number in 0..<AnonymitySettings.senders {
      let sender = PoissonSender(self, number, from: world.now + AnonymitySettings.start)
      boot("sender-\(number + 1)", attachedTo: plan.layers.first ?? [])?.work = { sender.send(by: $0, $1) }
    }
  }

  private func boot(_ name: String, attachedTo nodes: [Int]) -> Correspondent? {
    let host = world.host(named: name)
    let key = ClientKey(seed: Array(name.utf8))
    let doors = nodes.compactMap { node in plan.directory.nodes[node].clients.map { (node, $0) } }
    var made: Correspondent?
    do {
      try host.boot { environments in
        made = try environments.first.map { try Correspondent($0, key, doors) }
        return made.map { [$0] } ?? []
      }
    } catch { failures.append("\(name) does not start: \(error)") }
    if let made { clients.append(made) }
    return made
  }

  // MARK: Messages

  /// Where a message goes that takes this route.
  func receiver(behind route: [Int]) -> Bytes32? { route.last.flatMap { receivers[$0] } }

  /// A message will be sent now in this packet; gives its number.
  func sends(_ packet: [UInt8], _ now: Instant) {
    sentAt.append(now)
    let begin = world.settings.start + AnonymitySettings.start + settings.burnIn
    guard now >= begin, targetsSent < settings.targets, messages % settings.messagesPerTarget == 0 else { return }
    observer.expect(packet, asTarget: targetsSent)
    targetsSent += 1
  }

  func fail(_ what: String) { failures.append(what) }

  private func receive(_ receiver: Correspondent, _ now: Instant) -> Instant {
    for wire in receiver.wires {
      for message in wire.takeMessages() {
        let number = Int(clamping: message.identifier.words[0])
        if sentAt.indices.contains(number) {
          latencies.append(now - sentAt[number])
        } else {
          fail("an odd message came")
        }
      }
    }
    return .never
  }
}
