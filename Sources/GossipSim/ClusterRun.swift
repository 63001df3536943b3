import Gossip
import MixNet

/// One run of a ``ClusterScenario``: the cluster comes up, messages are published and counted, and what is to go wrong does.
package final class ClusterRun {
  package let scenario: ClusterScenario
  package let world: ClusterWorld
  var meter: ClusterMeter
  var random: RandomStream
  package internal(set) var outcome: ClusterOutcome
  /// Numbers of nodes: honest ones, and those of them that publish, now and from the crash on.
  private(set) var honest: Range<Int> = 0..<0
  private(set) var publishers: [Int] = []
  /// When the first message is published.
  private(set) var began = Instant.never
  /// Complaints of one node about another.
  private var complaints: [Int: Int] = [:]
  private var convicted: [Int: Int] = [:]
  var isBanned: Set<Int> = []
  var sybils: SybilWatch?

  package init(_ scenario: ClusterScenario) {
    self.scenario = scenario
    var settings = ClusterWorld.Settings()
    settings.seed = scenario.seed
    settings.latency = scenario.latency
    settings.lossPerMille = UInt64(scenario.lossPerMille)
    world = ClusterWorld(settings)
    meter = ClusterMeter(scenario)
    random = RandomStream(seed: Seed(scenario.seed).derived("scenario"))
    outcome = ClusterOutcome(scenario)
  }

  /// Runs it to its end. `note` is told, now and then, how far it is.
  package func run(_ note: @escaping (String) -> Void = { _ in }) -> ClusterOutcome {
    listen()
    form(note)
    began = world.now
    outcome.formedSeconds = seconds(since: Instant(ns: 1_000_000_000))
    noteNeighbours()
    publishers = choosePublishers()
    if let attack = scenario.attack { begin(attack) }
    if scenario.stalls { planStalls(minutes: scenario.messages / scenario.rate / 60 + 1) }
    plan(0)
    if scenario.crashPerMille > 0 { world.at(halfTime) { [unowned self] _ in crash() } }
    world.run(until: due(scenario.messages))
    note("all published")
    drain()
    finish()
    return outcome
  }

  func seconds(since time: Instant) -> Double { Double((world.now - time).ns) / 1e9 }

  // MARK: What happens

  private func listen() {
    world.delivered = { [unowned self] node, message in
      if honest.contains(node.number) { meter.delivered(message, to: node.number, now: world.now) }
    }
    world.carried = { [unowned self] node, frame in
      if honest.contains(node.number) { meter.came(frame) }
    }
    world.found = { [unowned self] node, event, record in
      guard honest.contains(node.number), let other = world.node(named: record.id) else { return }
      sybils?.found(node.number, event, other.number, now: world.now)
      guard honest.contains(other.number), other.isUp, !isStalling(other.number) else { return }
      if event == .suspect { outcome.falseSuspicions += 1 }
      if event == .dead { outcome.falseDeaths += 1 }
    }
    world.blamed = { [unowned self] node, _, id in
      if honest.contains(node.number), let other = world.node(named: id) { complain(node, other) }
    }
  }

  /// Who has done wrong twice is banned, as a node's reputation stage would have it for less than that.
  private func complain(_ node: ClusterNode, _ other: ClusterNode) {
    let pair = node.number * world.nodes.count + other.number
    complaints[pair, default: 0] += 1
    if honest.contains(other.number) { outcome.honestBlamed += 1 }
    // Who keeps messages to himself is kept out for ten minutes by the core itself.
    if node.core.counts.convicted > convicted[node.number, default: 0] {
      convicted[node.number] = node.core.counts.convicted
      outcome.convicted += 1
      isBanned.insert(other.number)
      if honest.contains(other.number) { outcome.honestConvicted += 1 }
    }
    guard complaints[pair] == 2 else { return }
    if honest.contains(other.number) { outcome.honestBanned += 1 }
    isBanned.insert(other.number)
    world.at(world.now) { world in
      world.act(node) { $0.ban(other.record.id, for: .s(3_600), now: $1, &$2) }
    }
  }

  // MARK: The cluster

  private func form(_ note: @escaping (String) -> Void) {
    switch scenario.attack {
    case .coldBoot:
      addSybils(after: .zero, each: .ms(5))
      add(after: .ms(5) * UInt64(scenario.sybils), each: .ms(20))
      world.run(for: .ms(5) * UInt64(scenario.sybils) + .ms(20) * UInt64(scenario.nodes) + .s(20))
    case .some(let attack):
      add(after: .zero, each: .ms(20))
      world.run(for: .ms(20) * UInt64(scenario.nodes) + .s(20))
      addSybils(after: .zero, each: .ms(20))
      if attack == .eclipse { startFlood() }
      world.run(for: .ms(20) * UInt64(scenario.sybils) + .s(20))
    case nil:
      let pause = scenario.nodes <= 1_000 ? Nanos.ms(10) : Nanos(30_000_000_000 / UInt64(scenario.nodes))
      add(after: .zero, each: pause)
      world.run(for: pause * UInt64(scenario.nodes))
      note("all started")
      for _ in 0..<180 where !stands { world.run(for: .s(1)) }
      world.run(for: .s(10))
    }
    note("the cluster stands")
  }

  private func add(after: Nanos, each: Nanos) {
    honest = world.nodes.count..<world.nodes.count + scenario.nodes
    // A seed for a hundred nodes; each node knows two of them. Where there are sybils each knows two others, not the same ones.
    let seeds = scenario.attack == nil ? max(2, scenario.nodes / 100) : scenario.nodes
    for place in 0..<scenario.nodes {
      var settings = scenario.settings
      for step in [1, 7] {
        let seed = honest.lowerBound + (place + step) % seeds
        settings.views.seeds.append(ClusterWorld.address(seed, group: seed))
      }
      if scenario.attack != nil { settings.views.anchors = settings.views.seeds }
      world.add(settings, after: after + each * UInt64(place))?.core.deliversAll = true
    }
  }

  /// Everybody has most of the neighbours that it looks for, and all are joined.
  private var stands: Bool {
    world.live.count == world.nodes.count && ClusterViews(world).areWhole(least: scenario.tables.activeSize - 1)
  }

  private func noteNeighbours() {
    let counts = honest.map { world.nodes[$0].core.views.up.size }
    outcome.neighboursMean = Double(counts.reduce(0, +)) / Double(max(1, counts.count))
    outcome.neighboursMin = counts.min() ?? 0
  }

  // MARK: Messages

  private func choosePublishers() -> [Int] {
    var pool = honest.filter { world.nodes[$0].isUp && !isStalling($0) }
    var chosen = publishers.filter { world.nodes[$0].isUp }
    pool.removeAll { chosen.contains($0) }
    while chosen.count < scenario.publishers, !pool.isEmpty {
      pool.swapAt(Int(random.below(UInt64(pool.count))), pool.count - 1)
      chosen.append(pool.removeLast())
    }
    return chosen
  }

  /// When a message is published. There is a tenth of a second between a crash and the next one.
  private func due(_ number: Int) -> Instant {
    let pause = scenario.crashPerMille > 0 && number >= scenario.messages / 2 ? Nanos.ms(100) : .zero
    return began + .ms(1) + Nanos(UInt64(number) * 1_000_000_000 / UInt64(scenario.rate)) + pause
  }

  /// When half of the messages are out.
  var halfTime: Instant {
    let time = due(scenario.messages / 2)
    return scenario.crashPerMille > 0 ? Instant(ns: time.ns - Nanos.ms(100).ns) : time
  }

  private func plan(_ number: Int) {
    guard number < scenario.messages, !publishers.isEmpty else { return }
    world.at(due(number)) { [unowned self] world in
      let node = world.nodes[publishers[number % publishers.count]]
      let isCounted = scenario.crashPerMille == 0 || number >= scenario.messages / 2
      let payload = meter.next(by: node.number, at: world.now, isCounted: isCounted)
      let wall = world.wall
      world.act(node) { _ = $0.publish(payload, topic: 1, now: $1, wall: wall, &$2) }
      plan(number + 1)
    }
  }

  // MARK: Crash

  private func crash() {
    var pool = Array(honest)
    for _ in 0..<scenario.nodes * scenario.crashPerMille / 1_000 {
      pool.swapAt(Int(random.below(UInt64(pool.count))), pool.count - 1)
      world.crash(world.nodes[pool.removeLast()])
    }
    publishers = choosePublishers()
    watchRepair(since: world.now, 1)
  }

  /// Looks at the views ten times a second, for ten seconds: they are whole from the first look on after which they always were.
  private func watchRepair(since time: Instant, _ look: Int) {
    guard look <= 100 else { return }
    world.at(time + .ms(100) * UInt64(look)) { [unowned self] world in
      if !ClusterViews(world).areWhole(least: Self.fewest) {
        outcome.repairedSeconds = nil
      } else if outcome.repairedSeconds == nil {
        outcome.repairedSeconds = seconds(since: time)
      }
      watchRepair(since: time, look + 1)
    }
  }

  /// Views with fewer neighbours are not whole.
  private static var fewest: Int { 3 }

  // MARK: The end

  private var subscribers: [UInt64] {
    var bits = [UInt64](repeating: 0, count: (world.nodes.count + 63) / 64)
    for number in honest where world.nodes[number].isUp && !isStalling(number) {
      bits[number / 64] |= 1 << (UInt64(number) % 64)
    }
    return bits
  }

  /// Waits until all is delivered, half a minute at most, and a while longer for what comes twice.
  private func drain() {
    sybils?.end(now: world.now)
    let subscribers = subscribers
    for _ in 0..<60 {
      let pairs = meter.pairs(subscribers)
      if pairs.received == pairs.expected { break }
      world.run(for: .ms(500))
    }
    world.run(until: max(world.now + .s(2), scenario.crashPerMille > 0 ? halfTime + .s(11) : .zero))
  }

  private func finish() {
    (outcome.expected, outcome.received) = meter.pairs(subscribers)
    (outcome.repeated, outcome.damaged) = (meter.repeated, meter.damaged)
    outcome.rmr = meter.excess(meter.frames.settled, meter.news.settled)
    outcome.rmrAll = meter.excess(meter.frames.all, meter.news.all)
    outcome.lastHopMean = meter.lastHopMean
    (outcome.latencyHalf, outcome.latency99) = (meter.latency(0.5), meter.latency(0.99))
    outcome.latencyMax = Double(meter.latencyMax.ns) / 1_000_000
    outcome.simulatedSeconds = seconds(since: Instant(ns: 1_000_000_000))
    (outcome.events, outcome.frames, outcome.datagrams) = (world.happened, world.frames, world.datagrams)
    outcome.hash = (world.digest ^ meter.digest) &* 0x0000_0100_0000_01b3
    if let attack = sybils?.outcome { outcome.attack = attack }
    outcome.attack?.banned = isBanned.count { !honest.contains($0) }
    let share = sybilShare
    outcome.attack?.shareAfter = share
  }
}
