public import MixHost
public import MixNet

/// The conformance kit: runs a stage in a chain of its own, on a virtual clock and with a seed, and checks what every
/// stage must do or leave (``ConformanceCheck``). One call in a test of the author's package is enough:
///
/// ```swift
/// @Test func conforms() throws { try StageConformance(.echo).run() }
/// ```
///
/// The kit brings the other roles of the chain, four incoming links, files in memory, a ``FakePacketMaker`` and a name for the
/// packets' key. What it
/// cannot know, the author gives: the packets that the stage is made for, its configuration, and what it uses of others.
///
/// A stage that traps ends the test process; the last line on standard error then names the check. A test that is to
/// survive it runs the kit in a child: `await #expect(processExitsWith: .success) { try StageConformance(.echo).run() }`.
///
/// The kit counts what is allocated: a program that links it gets its `malloc` from here. Link it into tests only.
public struct StageConformance: Sendable {
  /// Gives sample packet number `index`; `random` is a stream of the kit's, the same for the same seed.
  public typealias PacketSource = @Sendable (_ index: Int, _ random: inout RandomStream) -> SamplePacket

  /// Who is at the other end of link number `link`, and what it says to the stage with the handshake.
  public typealias Greeting = @Sendable (_ link: Int) -> (node: Bytes32, bytes: [UInt8])

  let stage: StageDescriptor
  let config: String
  let packets: PacketSource?
  let files: any FileSource
  let node: NodeFacts
  let seed: UInt64
  var offers: [String: BuildSite.Offer] = [
    CapabilityKey<any PacketMaker>.packetMaker.name: { (_: inout StageBuilder) throws(BuildError) -> Any in
      FakePacketMaker()
    },
    CapabilityKey<any PacketKeys>.packetKeys.name: { (_: inout StageBuilder) throws(BuildError) -> Any in
      FakePacketKeys()
    },
  ]
  var skips: [ConformanceCheck: String] = [:]
  var workersMax = 2
  /// What the peers of the links have said; nil where the chain's links have no handshake.
  var greeting: Greeting?
  var holdMax: Nanos?
  var heldMax: Int?

  /// A conformance run of one stage.
  ///
  /// - Parameters:
  ///   - stage: its descriptor.
  ///   - config: TOML, as the file has it, with the stage's table: `"[echo]\nsize_max = 100"`. Empty: all defaults.
  ///   - packets: makes the sample packets; at least one must get through the stage. Nil: ``SamplePacket/random(_:_:sizes:)``.
  ///   - files: what the stage finds while the node is loaded.
  ///   - node: the node that it is in, and the nodes that it knows.
  ///   - seed: from which everything random follows. A failure under one seed is found again under it.
  public init(
    _ stage: StageDescriptor, config: String = "", packets: PacketSource? = nil, files: any FileSource = MemoryFiles(),
    node: NodeFacts = StageConformance.node, seed: UInt64 = 1
  ) {
    self.stage = stage
    self.config = config
    self.packets = packets
    self.files = files
    self.node = node
    self.seed = seed
  }

  /// The chain's name, for tables and for the addresses of other nodes.
  public static let chain = "kit"
  /// How many links packets come on.
  public static let links = 4
  /// The link on which the kit sends what reaches the end of the chain: all that the stage under test lets pass.
  public static let end = LinkID.incoming(links)
  /// One of the links that packets come on.
  public static func link(_ number: Int) -> LinkID { .incoming(Int(number.magnitude % UInt(links))) }
  /// The wall clock at the beginning of each run.
  public static let wall = WallTime(ns: 1_750_000_000_000_000_000)
  /// The largest packet of a chain whose decode stage is the kit's, in bytes.
  public static let frameMax = 2_048
  /// The node that the stage is in: it knows itself and three others.
  public static let node = NodeFacts(
    name: "kit", address: Fingerprint.of("hearsay node kit"), state: "state",
    directory: NetworkDirectory(
      nodes: ["kit", "peer-1", "peer-2", "peer-3"].enumerated().map { layer, name in
        NetworkDirectory.Node(
          name: name, layer: layer, address: Fingerprint.of("hearsay node " + name),
          chains: [(name: chain, address: .loopback(port: 9_000 + UInt16(layer)))], clients: nil, keys: [])
      }))

  /// Offers a capability to the stage, in place of the kit's own where it has one; `make` is called on the worker that
  /// asks, at most once for each.
  public func offering<C>(_ key: CapabilityKey<C>, _ make: @escaping @Sendable () -> C) -> StageConformance {
    var copy = self
    copy.offers[key.name] = offer(make)
    return copy
  }

  /// The chain's links are between nodes, each of which says something to the stage with the handshake
  /// (``/MixHost/LinkChange/fields``).
  public func greeted(by greeting: @escaping Greeting) -> StageConformance {
    var copy = self
    copy.greeting = greeting
    return copy
  }

  /// States the limits of a mix stage: no packet is held longer than `time` (a millisecond of grace is given, for that is
  /// how well a stage is woken), and never more than `packets` of them at once.
  public func holding(atMost time: Nanos? = nil, packets: Int? = nil) -> StageConformance {
    var copy = self
    copy.holdMax = time ?? holdMax
    copy.heldMax = packets ?? heldMax
    return copy
  }

  /// The stage is for chains of one worker: no check gives it more.
  public func onOneWorker() -> StageConformance {
    var copy = self
    copy.workersMax = 1
    return copy
  }

  /// Leaves a check out. The reason stands in the report.
  public func skipping(_ check: ConformanceCheck, because reason: String) -> StageConformance {
    var copy = self
    copy.skips[check] = reason
    return copy
  }
}

/// The offer that the host resolves: a function of its own, because the compiler does not get through the closure where
/// it is used.
private func offer<C>(_ make: @escaping @Sendable () -> C) -> BuildSite.Offer {
  { (_: inout StageBuilder) throws(BuildError) in
    let value: Any = make()
    return value
  }
}
