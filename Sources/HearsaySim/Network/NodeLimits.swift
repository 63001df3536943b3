import MixNet
import SimNet

/// Whether some nodes hold their links to rates, and give up links that fail.
enum LimitChoice: String, CaseIterable, Sendable {
  /// Nobody does.
  case off = "none"
  /// Some do, drawn node by node.
  case drawn
}

/// What a node's file says of rates and tries: lines of its table `[links]`.
struct NodeLimits: Sendable, Equatable {
  private(set) var lines: [String] = []

  /// No limits.
  init() {}

  /// The keys of rates, and from where to where a rate is drawn. The usual workload brings each of twelve nodes some 17 frames
  /// and 41 kB a second, and each of three 68 and 164: the smallest rates are less than that, the largest much more.
  private static let rates: [(key: String, range: ClosedRange<UInt64>)] = [
    ("read_bytes_per_s", 30_000...10_000_000), ("read_frames_per_s", 15...2_000),
    ("write_bytes_per_s", 30_000...10_000_000), ("write_frames_per_s", 15...2_000),
    ("read_all_bytes_per_s", 100_000...20_000_000), ("read_all_frames_per_s", 50...5_000),
    ("write_all_bytes_per_s", 100_000...20_000_000), ("write_all_frames_per_s", 50...5_000),
  ]

  /// The limits of a node, from a stream of its own: none for two nodes of three. Every key takes two draws whether it is set or
  /// not.
  static func drawn(_ seed: SimSeed, node: Int) -> NodeLimits {
    var random = seed.stream(.workload(Workload.limit + UInt64(node)))
    let (isHeld, givesUp, tries) = (random.below(3) == 0, random.below(3) == 0, 1 + random.below(8))
    var limits = NodeLimits()
    for (key, range) in rates {
      let (isSet, word) = (random.below(4) == 0, random.next())
      if isHeld, isSet { limits.lines.append("\(key) = \(LinkVariety.between(range, word))") }
    }
    if givesUp { limits.lines.append("reconnect_tries_max = \(tries)") }
    return limits
  }
}

extension RunSettings {
  /// How links really differ; nil: not at all.
  var variety: LinkVariety? {
    switch links {
    case .even: nil
    case .varied: .chosen(SimSeed(seed))
    case nil: faults == .swarm ? .swarm(SimSeed(seed)) : nil
    }
  }

  /// Whether nodes really have limits: in every other seed of a swarm. A file says itself what its nodes hold to.
  var hasLimits: Bool {
    if let limits { return limits == .drawn }
    guard mayHaveLimits else { return false }
    var random = SimSeed(seed).stream(.workload(Workload.limits))
    return random.below(2) == 0
  }

  /// Whether nodes have limits, with this seed or another one.
  var mayHaveLimits: Bool { limits == .drawn || limits == nil && faults == .swarm && chain == nil }

  /// The limits of each node.
  var nodeLimits: [NodeLimits] {
    (0..<nodes).map { hasLimits ? .drawn(SimSeed(seed), node: $0) : NodeLimits() }
  }
}
