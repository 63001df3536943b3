import MixNet

/// Holds the doors of some nodes with greetings that come a byte a second (slowloris), and connects again when it is shown out.
final class SlowAdversary: Adversary {
  private let wires: RawWires
  private let targets: [AdversaryPost.Target]
  private let victims: [Int]
  private var pace: Pace
  private var bytes = 0
  private static let connectionsMax = 24

  init(_ post: AdversaryPost) {
    wires = RawWires(post.environment)
    targets = post.targets
    var random = RandomStream(seed: post.kindSeed)
    var victims: [Int] = []
    for _ in 0..<3 { victims.append(Int(random.below(UInt64(post.targets.count)))) }
    self.victims = victims
    pace = Pace(perSecond: 8, from: wires.now)
  }

  func turn() -> Instant {
    wires.poll()
    let now = wires.now
    while pace.isDue(now) {
      guard wires.wires.count < Self.connectionsMax else { continue }
      let victim = victims[wires.begun % victims.count]
      let isForNodes = wires.begun / victims.count % 2 == 0
      wires.connect(isForNodes ? targets[victim].chain : targets[victim].clients, target: victim)
    }
    var next = pace.next
    for wire in wires.wires {
      if wire.due <= now {
        // The head of a frame of 98 bytes, which is an attach frame's size and one that a hello may have.
        let byte: UInt8 = wire.step == 3 ? 98 : 0
        if wire.state == .open, wire.send([byte]) {
          wire.step += 1
          bytes += 1
        }
        wire.due = now + .s(1)
      }
      next = min(next, wire.due)
    }
    return next
  }

  var deeds: [(name: String, count: Int)] {
    [("connections", wires.begun), ("bytes", bytes), ("shown_out", wires.shownOut)]
  }
}

extension AdversaryKind {
  /// Holds doors with slow greetings.
  public static let slowloris = AdversaryKind(
    "slowloris", summary: "four hosts hold the doors of three nodes with greetings of a byte a second", hosts: 4,
    leaves: ["expired", "links_per_host_max", "links_per_netgroup_max", "handshakes_max"],
    counts: .handshakes
  ) { SlowAdversary($0) }
}
