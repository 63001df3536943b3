import Gossip
import MixNet

// Those who mean harm.
extension ClusterRun {
  func addSybils(after: Nanos, each: Nanos) {
    let first = world.nodes.count
    // Where the honest are, or will be.
    let targets = honest.isEmpty ? scenario.sybils..<scenario.sybils + scenario.nodes : honest
    for place in 0..<scenario.sybils {
      var settings = scenario.settings
      // They take as many neighbours as they can get, wherever these are.
      settings.views.expectedNodes = 1_000_000
      settings.views.limitsNetgroups = false
      let target = targets.lowerBound + place % scenario.nodes
      settings.views.seeds = [ClusterWorld.address(target, group: target)]
      world.add(settings, netgroup: 0x8000 + place % 16, after: after + each * UInt64(place))
    }
    sybils = SybilWatch(first..<world.nodes.count)
    if scenario.attack == .eclipse || scenario.attack == .coldBoot { silence() }
    if scenario.attack == .coldBoot { startFlood() }
  }

  func begin(_ attack: ClusterAttack) {
    let share = sybilShare
    sybils?.outcome.shareBefore = share
    switch attack {
    case .eclipse, .coldBoot: sybils?.silentSince = world.now
    case .censor:
      silence()
      sybils?.silentSince = world.now
    case .covertFlash:
      world.at(halfTime) { [unowned self] world in
        silence()
        sybils?.silentSince = world.now
      }
    }
  }

  /// From now on no message and no word of one leaves a sybil; it still asks for messages, and says that it has enough of them.
  private func silence() {
    for number in sybils?.numbers ?? 0..<0 {
      world.nodes[number].withholds = { frame in
        if frame[0] == LinkFrame.Kind.message.rawValue { return true }
        guard frame[0] == LinkFrame.Kind.tree.rawValue, frame.count > 1 else { return false }
        // Announcements, and comparisons.
        return frame[1] == 1 || frame[1] == 5
      }
    }
  }

  /// Each second one sybil in ten asks some honest node to take it in.
  func startFlood() {
    world.at(world.now + .s(1)) { [unowned self] world in
      for number in sybils?.numbers ?? 0..<0 where random.below(10) == 0 && world.nodes[number].isUp && !honest.isEmpty
      {
        let target = world.nodes[honest.lowerBound + Int(random.below(UInt64(honest.count)))]
        world.act(world.nodes[number]) { $0.join(target.record.address, now: $1, &$2) }
      }
      startFlood()
    }
  }

  /// The share of sybils among the neighbours of honest nodes.
  var sybilShare: Double {
    var (all, some) = (0, 0)
    for number in honest where world.nodes[number].isUp {
      let neighbours = ClusterViews.neighbours(of: world.nodes[number], world)
      all += neighbours.count
      some += neighbours.count { sybils?.numbers.contains($0) ?? false }
    }
    return Double(some) / Double(max(1, all))
  }
}

/// How long sybils that pass nothing on are neighbours of honest nodes.
struct SybilWatch {
  let numbers: Range<Int>
  var outcome = AttackOutcome()
  /// Since when they pass nothing on, and messages come.
  var silentSince = Instant.never
  private var since: [Int: Instant] = [:]
  private var hasEnded = false

  init(_ numbers: Range<Int>) {
    self.numbers = numbers
    outcome.sybils = numbers.count
  }

  mutating func found(_ node: Int, _ event: MemberEvent, _ other: Int, now: Instant) {
    guard numbers.contains(other), !hasEnded else { return }
    let pair = node * 1_000_000 + other
    if event == .neighbour { since[pair] = now }
    if event == .stranger, let start = since.removeValue(forKey: pair) { note(start, now) }
  }

  private mutating func note(_ start: Instant, _ now: Instant) {
    guard silentSince != .never else { return }
    outcome.stayMax = max(outcome.stayMax, Double((now - max(start, silentSince)).ns) / 1e9)
  }

  /// The last message is out.
  mutating func end(now: Instant) {
    // The largest is looked for, so any order will do.
    for start in since.values { note(start, now) }
    hasEnded = true
  }
}
