import MixNet

/// Many hosts of one netgroup that greet as they should and then only stay: as nodes that nobody knows, and as clients.
final class CrowdAdversary: Adversary {
  private let wires: RawWires
  private let targets: [AdversaryPost.Target]
  /// The targets that this host connects to.
  private let victims: [Int]
  private let key: ClientKey
  private var random: RandomStream
  private var pace: Pace
  private let connectionsMax: Int
  private var greeted = 0

  init(_ post: AdversaryPost, victims count: Int, connectionsMax: Int) {
    random = RandomStream(seed: post.seed)
    wires = RawWires(post.environment)
    targets = post.targets
    self.connectionsMax = connectionsMax
    var common = RandomStream(seed: post.kindSeed)
    var victims: [Int] = []
    for _ in 0..<min(count, targets.count) { victims.append(Int(common.below(UInt64(targets.count)))) }
    self.victims = victims
    key = ClientKey(seed: Fingerprint.of("adversary \(random.next())").array)
    pace = Pace(perSecond: 4, from: wires.now)
    wires.isShownOut = { $0.step == 0 || $0.step == 10 }
  }

  func turn() -> Instant {
    wires.poll()
    let now = wires.now
    while pace.isDue(now) {
      guard wires.wires.count < connectionsMax, !victims.isEmpty else { continue }
      let victim = victims[Int(random.below(UInt64(victims.count)))]
      // Even numbers are nodes, odd ones clients.
      let isNode = random.below(2) == 0
      wires.connect(isNode ? targets[victim].chain : targets[victim].clients, target: victim)?.step = isNode ? 0 : 10
    }
    for wire in wires.wires where wire.state == .open {
      while let frame = wire.takeFrame() { answer(frame, on: wire) }
    }
    return pace.next
  }

  private func answer(_ frame: [UInt8], on wire: RawWire) {
    guard wire.step < 10 else {
      if wire.step == 10, let challenge = Challenge(frame.span) {
        wire.send(Attached.frame(key.attach(to: challenge)))
        wire.step = 11
        greeted += 1
      }
      return
    }
    switch frame.first.flatMap(FrameKind.init(rawValue:)) {
    case .hello where wire.step == 0:
      // It speaks as its victim does, but under a name that nobody knows.
      guard var hello = Hello(frame.span.extracting(1..<frame.count)) else { return }
      hello.node = Bytes32(words: [random.next(), random.next(), random.next(), random.next()])
      wire.send(Attached.frame([FrameKind.hello.rawValue] + hello.bytes))
      wire.step = 1
      greeted += 1
    case .ping: wire.send(Attached.frame([FrameKind.pong.rawValue] + frame.dropFirst()))
    default: break
    }
  }

  var deeds: [(name: String, count: Int)] {
    [("connections", wires.begun), ("greetings", greeted), ("shown_out", wires.shownOut)]
  }
}

extension AdversaryKind {
  /// Many hosts with many names.
  public static let sybil = AdversaryKind(
    "sybil", summary: "16 hosts of one netgroup greet many nodes under names that nobody knows, and stay", hosts: 16,
    leaves: ["links_per_netgroup_max", "links_per_host_max", "handshakes_max", "links_max"],
    counts: .handshakes
  ) { CrowdAdversary($0, victims: 4, connectionsMax: 12) }

  /// Many hosts around one node.
  public static let eclipse = AdversaryKind(
    "eclipse", summary: "24 hosts of one netgroup take every place at one node that they can get", hosts: 24,
    leaves: ["links_per_netgroup_max", "links_per_host_max", "handshakes_max", "links_max"],
    counts: .handshakes
  ) { CrowdAdversary($0, victims: 1, connectionsMax: 6) }
}
