import MixNet

/// Connects to any door and says what no honest program says: lengths of nothing and of gigabytes, kinds that there are not,
/// half a greeting and the end.
final class FrameAdversary: Adversary {
  private let wires: RawWires
  private let targets: [AdversaryPost.Target]
  private var random: RandomStream
  private var pace: Pace
  private var said = 0

  init(_ post: AdversaryPost) {
    random = RandomStream(seed: post.seed)
    wires = RawWires(post.environment)
    targets = post.targets
    pace = Pace(perSecond: 10, from: wires.now)
  }

  func turn() -> Instant {
    wires.poll()
    for wire in wires.wires {
      if wire.step == 1 { wire.close() }
      guard wire.state == .open, wire.step == 0 else { continue }
      wire.send(speech())
      said += 1
      // Some say no more and wait; they must be shown the door.
      wire.step = random.below(4) == 0 ? 1 : 2
    }
    while pace.isDue(wires.now) {
      let place = Int(random.below(UInt64(targets.count)))
      let target = targets[place]
      wires.connect(random.below(2) == 0 ? target.chain : target.clients, target: place)
    }
    return pace.next
  }

  private func speech() -> [UInt8] {
    let sizes: [UInt32] = [0, 1, 98, 1_153, 2_414, 2_415, 65_537, 1 << 31, .max]
    let size = sizes[Int(random.below(UInt64(sizes.count)))]
    var bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) }
    for _ in 0..<random.below(64) { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
    return bytes
  }

  var deeds: [(name: String, count: Int)] {
    [("connections", wires.begun), ("frames", said), ("shown_out", wires.shownOut)]
  }
}

extension AdversaryKind {
  /// Says what is no frame.
  public static let oversize = AdversaryKind(
    "oversize", summary: "connects ten times a second and says lengths and kinds that no frame has", hosts: 1,
    leaves: ["malformed", "links_per_host_max", "expired"], counts: .handshakes
  ) { FrameAdversary($0) }
}
