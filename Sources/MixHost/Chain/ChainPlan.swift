public import MixNet

/// What is fixed about a chain before any worker starts: names, numbers and sizes, all from the configuration.
public struct ChainPlan: Sendable {
  /// The chain's name.
  public let name: String
  /// The chain's number in the node.
  public let number: Int
  /// Which of them run a head of this chain.
  let heads: [Bool]
  /// The chains that hand packets to this one.
  public let sources: [String]
  /// The worker that runs the tail.
  public let owner: Int
  /// The largest number of packets handled in one turn.
  public let batchSize: Int
  /// Packets that the chain has memory for, its own share for cover not counted.
  public let poolSize: Int
  /// Packets that may wait for one link.
  public let maxQueueDepth: Int
  /// What the chain's links carry.
  public let framing: Framing
  /// The sizes of a data frame.
  public let limits: FrameLimits
  /// Names what the chain speaks, for the handshake.
  public let protocolName: String
  /// Bytes of scratch beside each packet.
  public let scratchSize: Int
  /// False where frames that a broken connection leaves are dropped.
  public let framesOutliveLinks: Bool
  /// Peers are not read while there is little room.
  let peersWait: Bool
  /// The stages' names, in the order of their numbers.
  public let stageNames: [String]
  /// Where the chain listens; nil when it only opens links.
  public let listen: Address?
  /// Where the chain's datagrams come in; nil when it has none.
  public let datagrams: Address?
  let sizeClasses: [SizeClass]

  /// How many packets may really wait for one link, where so many are configured.
  package static func queueDepth(_ configured: Int) -> Int {
    Probe.knob("link.queue_depth", default: configured, in: 1...4)
  }

  init(
    name: String, number: Int, heads: [Bool], owner: Int, sources: [String] = [], batchSize: Int, poolSize: Int,
    maxQueueDepth: Int, shape: DecodeShape, stageNames: [String], listen: Address?, datagrams: Address?
  ) {
    self.name = name
    self.number = number
    self.heads = heads
    self.sources = sources
    self.owner = owner
    self.batchSize = batchSize
    self.poolSize = poolSize
    self.maxQueueDepth = maxQueueDepth
    self.framing = shape.framing
    self.limits = shape.limits
    self.protocolName = shape.protocolName
    self.scratchSize = shape.scratchSize
    framesOutliveLinks = shape.framesOutliveLinks
    peersWait = shape.peersWait
    self.stageNames = stageNames
    self.listen = listen
    self.datagrams = datagrams
    sizeClasses = Self.classes(
      limits: shape.limits, poolSize: poolSize, batchSize: batchSize, heads: heads, owner: owner)
  }

  /// How many workers the node has.
  public var nodeWorkers: Int { heads.count }
  /// How many of them run a head of this chain.
  public var workers: Int { heads.count { $0 } }
  /// True when `worker` runs a head of the chain.
  func hasHead(_ worker: Int) -> Bool { heads[worker] }

  /// The tag that stands for the chain's protocol in a handshake.
  var protocolTag: UInt64 { Fingerprint.of(protocolName).prefix }

  /// The slots of a chain, summed term by term:
  ///
  ///     pool_size / heads   for each head: packets on their way
  ///   + 2 x batch_size      for the tail: cover, replies and other packets of the node's own
  ///   + 64 small slots      for each worker: handshakes and pings, which no packet can take
  ///
  /// A chain whose frames have one size has one class of packets; one with variable frames has 512 B, 4 KiB and
  /// `frame_max`, in the shares 1/2, 3/8 and 1/8.
  private static func classes(
    limits: FrameLimits, poolSize: Int, batchSize: Int, heads: [Bool], owner: Int
  ) -> [SizeClass] {
    let workers = max(1, heads.count { $0 })
    let packets = heads.indices.map { worker in
      (heads[worker] ? (poolSize + workers - 1) / workers : 0) + (worker == owner ? 2 * batchSize : 0)
    }
    let small = SizeClass(bytes: FrameLimits.controlMax, counts: packets.map { _ in 64 }, isReserved: true)
    // A client's frame is one byte longer than the packet in it.
    let largest = limits.dataMax + 1
    if limits.dataMin == limits.dataMax || largest <= 512 {
      return [small, SizeClass(bytes: largest, counts: packets)]
    }
    let steps = [512, 4096].filter { $0 < largest } + [largest]
    let shares = steps.count == 3 ? [4, 3, 1] : [4, 4]
    return [small]
      + zip(steps, shares).map { bytes, eighths in
        SizeClass(bytes: bytes, counts: packets.map { ($0 * eighths + 7) / 8 })
      }
  }
}

/// What a decode stage says about the bytes on its chain's links.
public struct DecodeShape: Sendable {
  /// How frames are delimited.
  public var framing: Framing
  /// The sizes of a data frame, in bytes.
  public var limits: FrameLimits
  /// Names what the chain speaks: two nodes link only when theirs are the same.
  public var protocolName: String
  /// Bytes that lie beside each packet from `decode` to `finish`.
  public var scratchSize: Int
  /// False where frames belong to the connection that they were queued for: those that a broken one leaves are dropped.
  public var framesOutliveLinks = true
  /// True where peers are not read while there is little room for packets: for stages that hold none, so that two nodes cannot wait for each
  /// other for ever. Elsewhere peers are always read, and what finds no room is dropped.
  public var peersWait = false

  /// A shape of these.
  public init(
    framing: Framing, limits: FrameLimits, protocolName: String, scratchSize: Int = 0, framesOutliveLinks: Bool = true,
    peersWait: Bool = false
  ) {
    self.framesOutliveLinks = framesOutliveLinks
    self.peersWait = peersWait
    self.framing = framing
    self.limits = limits
    self.protocolName = protocolName
    self.scratchSize = max(0, scratchSize)
  }
}
