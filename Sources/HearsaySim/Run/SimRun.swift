import MixNet
import SimNet

/// One run: a network of mixes and its clients in a world of their own, from the first boot to the last look.
final class SimRun {
  let settings: RunSettings
  let world: SimWorld
  let plan: MixPlan
  let nodes: [SimNode]
  let ledger = Ledger()
  /// What services have taken.
  let deliveries = Deliveries()
  /// Counts frames between each two hosts.
  let meter: FrameMeter
  /// What nodes say to each other in conversations, and what became of it.
  let talks: Talks
  /// Holds the order of frames on links against the one in which nodes have sent packets on.
  let order = FrameOrder()
  private(set) var clients: [SimClient] = []
  /// The part of the network that must work once the faults are over.
  private(set) var core: Core
  /// Who means harm.
  let team: AdversaryTeam
  /// Answers that came before anything was sent to see whether all ways work again.
  private(set) var answeredOfWorkload = 0
  /// How long an honest stranger took to attach everywhere once the faults were over.
  var newcomer = Nanos.zero
  /// Looks that are taken once a second beside the usual ones.
  var looks: [(SimRun) -> Void] = []
  private let notes: SimHost
  let probes: SimProbes
  let operators = Operators()
  private let progress: Switch
  /// Nodes whose chains have cover make it until the clients have said all.
  let cover = CoverSwitch()

  /// Whether clients shall send.
  private final class Switch { var isOn = true }

  init(_ settings: RunSettings) {
    self.settings = settings
    probes = SimProbes(settings.probes, seed: settings.seed)
    let seed = SimSeed(settings.seed)
    var worldSettings = WorldSettings()
    worldSettings.trace = settings.trace
    worldSettings.faults = settings.plan
    worldSettings.linkSpread = .ms(20)
    worldSettings.variety = settings.variety
    // Clients have no keep-alive: it is their systems that find a connection dead which takes nothing any more.
    worldSettings.streams.giveUp = .s(15)
    probes.listen {
      let streams = worldSettings.streams
      worldSettings.streams.sendBuffer = Probe.knob("world.send_buffer", default: streams.sendBuffer, in: 2_000...8_000)
      worldSettings.streams.window = Probe.knob("world.window", default: streams.window, in: 4_000...16_000)
    }
    let world = SimWorld(seed: seed, settings: worldSettings)
    let hosts = (0..<settings.nodes).map { world.host(named: "mix-\($0 + 1)") }
    let talk = TalkPlan(pairs: settings.talkPairs, among: settings.nodes, seed)
    let plan = MixPlan(
      hosts, seed, settings.crypto, seconds: settings.seconds, chain: settings.chain, talk: talk,
      limits: settings.nodeLimits)
    let talkMeter = TalkMeter()
    meter = FrameMeter(clientPort: MixPlan.clientPort, order: order, talks: talk.pairs.isEmpty ? nil : talkMeter)
    talks = Talks(talk, hosts: hosts.map(\.number), meter: talkMeter, ledger)
    core = Core(allOf: plan, clients: RunSettings.clients)
    let progress = Switch()
    let talkers = Talkers(talks, plan, hosts, seed, isSending: { progress.isOn }) { [unowned world] in
      world.note($0, $1)
    }
    let (deliveries, order, meter, cover) = (deliveries, order, meter, cover)
    nodes = hosts.enumerated().map {
      SimNode(
        $0.offset, on: $0.element, plan: plan, deliveries: deliveries, order: order, meter: meter, talkers: talkers,
        cover: cover)
    }
    team = AdversaryTeam(settings.attackers)
    (self.world, self.plan, self.progress) = (world, plan, progress)
    world.meter = meter
    notes = world.host(named: "run")
    notes.isProtected = true
  }

  /// Runs it all; `trace` is handed the lines.
  func run(trace: ((borrowing Span<UInt8>) -> Void)? = nil) -> Outcome {
    probes.tell { [unowned self] in note($0) }
    return probes.listen { runHeard(trace) }
  }

  private func runHeard(_ trace: ((borrowing Span<UInt8>) -> Void)?) -> Outcome {
    world.trace.sink = trace
    let watch = Stopwatch()
    start()
    chaos()
    heal()
    probes.calm()
    pass(seconds: settings.seconds - settings.seconds * 3 / 4)
    progress.isOn = false
    cover.turnOff()
    if settle("after the last fault") {
      answeredOfWorkload = ledger.answered
      Liveness(self).check()
      Newcomer(self).check()
      team.stop()
      // While they were at work, a node's packets were not waited for: some may be on their way.
      if !settings.attackers.isEmpty { world.run(for: .s(1)) }
      if settle("after the last message") {
        FinalChecks(self).check()
        Timers(self).check()
      }
    }
    probes.report(to: ledger)
    let hash = world.trace.digest
    return Outcome(self, hash: hash, wall: watch.seconds)
  }

  func note(_ text: String) { world.note(notes, text) }

  private func start() {
    for (node, limits) in zip(nodes, settings.nodeLimits) where !limits.lines.isEmpty {
      note("\(node.host.name) keeps to \(limits.lines.joined(separator: ", "))")
    }
    for node in nodes {
      do { try node.boot() } catch { ledger.violate("boot", "\(node.host.name) does not start: \(error)") }
    }
    for number in 0..<RunSettings.clients { boot(number) }
    team.start(in: world, against: plan)
    settings.scenario?.plan(self)
  }

  private func boot(_ number: Int) {
    let host = world.host(named: "client-\(number + 1)")
    host.isProtected = true
    let (world, progress) = (world, progress)
    let orders = SimClient.Orders(
      mayBeDamaged: { [unowned world] in world.struck[.flip] > 0 }, isSending: { progress.isOn },
      note: { [unowned world, unowned host] in world.note(host, $0) }, leaves: settings.clientsLeave,
      overhear: { [team] in team.wiretap.overhear($0, to: $1) })
    do {
      try host.boot { [unowned self] environments in
        let made = environments.prefix(1).map {
          SimClient(number, $0, plan, ledger, seed: SimSeed(settings.seed), orders)
        }
        clients += made
        return made
      }
    } catch { ledger.violate("boot", "client \(number) does not start: \(error)") }
  }

  private func chaos() { pass(seconds: settings.seconds * 3 / 4) }

  /// The faults are over: what is to work again is made whole.
  private func heal() {
    if settings.healing == .core, !clients.isEmpty {
      var random = SimSeed(settings.seed).stream(.workload(Workload.core))
      core = Core(of: plan, homes: clients.map(\.home), &random)
      let names = core.layers.map { $0.map { plan.directory.nodes[$0].name }.joined(separator: ",") }
      note("the core is \(names.joined(separator: " | "))")
    }
    world.stopFaults(ruining: core.ruins.map { (nodes[$0.node].host, $0.how) })
  }

  private func pass(seconds: Int) {
    for _ in 0..<seconds {
      world.run(for: .s(1))
      operators.look(at: self)
      operators.stopSome(of: self)
      operators.reloadSome(of: self)
      Bounds(self).check()
      for look in looks { look(self) }
    }
  }

  /// Lets time pass until all is quiet; within the bound it must be.
  private func settle(_ when: String) -> Bool {
    let end = world.now + RunSettings.bound
    var obstacle = obstacle
    while obstacle != nil, world.now < end {
      world.run(for: .ms(50))
      operators.look(at: self)
      obstacle = self.obstacle
    }
    guard let obstacle else { return true }
    ledger.violate(obstacle.oracle, "\(RunSettings.bound.ms / 1_000) s \(when), \(obstacle.what)")
    return false
  }

  /// What is not quiet, or not said to its end.
  private var obstacle: Violation? {
    if let what = Quiet(self).obstacle { return Violation(oracle: "quiet", what: what) }
    let what = talks.obstacle { core.contains($0) && nodes[$0].host.isUp }
    return what.map { Violation(oracle: "streams", what: $0) }
  }
}
