import MixNet

/// What network is measured, and how.
struct AnonymitySettings: Sendable {
  var seed: UInt64 = 1
  /// Messages a second of all senders together.
  var rate = 100.0
  var layers = 3
  /// Mixes in each layer.
  var width = 1
  /// The mean of the exponential delay that senders ask of each mix.
  var meanDelay = Nanos.s(1)
  /// Messages that are followed.
  var targets = 200
  var crypto = CryptoKind.real
  /// Who says how long a mix holds a packet.
  var delay = DelayKind.vrf
  /// Drop messages that each mix sends in a second, beside a loop; zero: no cover.
  var coverPerSecond = 0
  /// Each mix sends drop messages as far as packets lack to so many a second, beside a loop; zero: it sends as many as
  /// `coverPerSecond` says.
  var coverFloor = 0
  /// The time between two packets on each link from a mix to the next layer; zero: links have no constant rate.
  var linkInterval = Nanos.zero
  /// Users who each send twice a second, and who are told apart by what the links show; zero: messages are followed.
  var users = 0
  /// How long is looked on after the burn-in, where that does not follow from the targets.
  var span = Nanos.zero
  /// So many of a hundred mixes tell the observer which packet is which.
  var corruptPercent = 0
  /// Mixes keep scores of each other.
  var keepsScores = false
  /// The chains of the nodes; nil: a Sphinx mix whose delays `delay` says.
  var chain: ChainFile?

  enum DelayKind: String, CaseIterable, Sendable {
    /// The mix, by a key that it has proved (`vrf_delay`).
    case vrf
    /// The sender, for each hop but the last, of which the format says nothing (`sphinx_delay`).
    case sphinx
  }

  /// Clients that send.
  static let senders = 4
  /// Connections come up in this time, which is none of the measurement.
  static let start = Nanos.s(2)
  /// Mass that may be left somewhere when a target counts as done.
  static let restMax = 1e-6

  /// The mean time in all mixes.
  private var meanPath: Nanos { Nanos(UInt64(layers) * meanDelay.ns) }

  /// Pools are as full as they become after this: ten mean paths, and a thousand messages.
  var burnIn: Nanos { max(Nanos(10 * meanPath.ns), Nanos(UInt64(1_000 / rate * 1e9))) }
  /// In this time the targets are sent, one after so many messages.
  var window: Nanos { max(Nanos(20 * meanPath.ns), Nanos(UInt64(4 * Double(targets) / rate * 1e9))) }
  var messagesPerTarget: Int { max(1, Int(Double(window.ns) / 1e9 * rate) / targets) }
  /// No honest target is still under way after so long.
  var tail: Nanos { Nanos(40 * meanPath.ns) + .s(10) }

  private var seconds: Double { Double((burnIn + window + tail + span).ns) / 1e9 }
  /// Packets a second that come to one mix, or more: messages, and each mix's loop and drop messages at each hop of theirs.
  private var perSecondAndMix: Double {
    rate / Double(width) + (hasCover ? Double((max(coverPerSecond, coverFloor) + 1) * layers) : 0)
      + (linkInterval > .zero ? Double(width) * 1e9 / Double(linkInterval.ns) : 0)
  }

  /// A network that fits.
  var shape: MixPlan.Shape {
    var shape = MixPlan.Shape(layers: layers)
    // Twelve times what a mix holds on average, and what comes at once.
    let held = perSecondAndMix * Double(meanDelay.ns) / 1e9
    shape.poolSize = min(max(256, Int(12 * held)), 1 << 16)
    shape.packetsPerNode = Int(2 * seconds * perSecondAndMix)
    // Nobody is killed here, and what the disk takes is not what is measured.
    shape.replay = "file = \"\""
    let delayMax = "max_ms = \(max(10_000, 45 * meanDelay.ms))"
    switch delay {
    case .vrf:
      shape.delay = "vrf_delay"
      shape.tables = "\n[vrf_delay]\nmean_ms = \(meanDelay.ms)\n\(delayMax)\n"
    case .sphinx: shape.tables = "\n[sphinx_delay]\n\(delayMax)\n"
    }
    if keepsScores {
      shape.verify.insert("reputation", at: 0)
      shape.observe = ["reputation"]
    }
    if hasCover {
      shape.mix = "cover_traffic"
      shape.tables += """

        [cover_traffic]
        \(coverFloor > 0 ? "rate = \"adaptive\"" : "drop_interval_ms = \(max(1, 1_000 / max(1, coverPerSecond)))")
        floor_per_s = \(max(1, coverFloor))
        link_interval_ms = \(linkInterval.ms)
        mean_delay_ms = \(meanDelay.ms)
        loop_timeout_ms = \(max(10_000, 15 * UInt64(layers) * meanDelay.ms))

        """
    }
    return shape
  }

  /// Mixes that hold a packet on its way.
  private var holding: Int { delay == .sphinx ? layers - 1 : layers }

  /// Mixes send packets of their own.
  var hasCover: Bool {
    coverPerSecond > 0 || coverFloor > 0 || linkInterval > .zero
      || chain?.chains.contains { $0.stages.contains("cover_traffic") } == true
  }

  /// Honest mixes send packets of their own at rates that an observer can know, and hold packets as it is told.
  var hasKnownCover: Bool {
    coverPerSecond > 0 && coverFloor == 0 && linkInterval == .zero && chain == nil && corruptPercent == 0
      && delay == .vrf
  }

  /// What the closed form says.
  var formulaBits: Double {
    MixFormula.bits(rate: rate, layers: max(1, holding), mean: Double(meanDelay.ns) / 1e9)
  }

  /// The words after `hearsay-sim` that make this again.
  var words: String {
    "anonymity --seed \(seed) --rate \(Int(rate)) --layers \(layers) --width \(width) --mean-delay-ms \(meanDelay.ms)"
      + " --targets \(targets) --crypto \(crypto.rawValue) --delay \(delay.rawValue)"
      + (corruptPercent > 0 ? " --corrupt \(corruptPercent)" : "")
      + (coverPerSecond > 0 ? " --cover \(coverPerSecond)" : "") + (chain.map { " --chain \($0.path)" } ?? "")
  }
}
