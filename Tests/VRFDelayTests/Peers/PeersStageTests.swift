import MixHostTesting
import MixNet
import Testing

@testable import MixHost
@testable import VRFDelay

/// The stage keeps to the contract that the authors of other stages are held to, and its table to the operators'.
@Suite struct PeersStageTests {
  private static let digits = Array(Hex.text([UInt8](repeating: 9, count: 32)).utf8)

  /// The kit's node and four others, each of which uses all others.
  private static func node(_ keys: [VRFSecretKey], layer: (Int) -> Int = { _ in 0 }) -> NodeFacts {
    let nodes = keys.enumerated().map { number, key in
      NetworkDirectory.Node(
        name: number == 0 ? "kit" : "peer-\(number)", layer: layer(number),
        address: Fingerprint.of("hearsay node \(number)"),
        chains: [(StageConformance.chain, .loopback(port: 9_000 + UInt16(number)))], clients: nil,
        keys: [.init(purpose: "vrf", bytes: key.publicKey.bytes, from: 0, until: .max)])
    }
    return NodeFacts(
      name: "kit", address: nodes[0].address, state: "state", directory: NetworkDirectory(nodes: nodes))
  }

  private static func keys() throws -> [VRFSecretKey] {
    [try #require(VRFSecretKey.of([UInt8](repeating: 9, count: 32)))] + (1...5).map { VRFSecretKey.test($0) }
  }

  /// Packets of peers that may use the node pass, those of the one that may not are dropped.
  @Test(arguments: [false, true])
  func conforms(_ hasStranger: Bool) throws {
    let keys = try Self.keys()
    let node = Self.node(keys)
    let rules = PeerRules(
      chain: StageConformance.chain, epochSeconds: 604_800, peers: 256, among: .all, weighting: .equal)
    let list = PeerList(node.directory, chain: StageConformance.chain)
    let epoch = UInt64(StageConformance.wall.seconds) / 604_800
    let claims = node.directory.nodes.enumerated().map { number, node in
      (node.address, PeerChoice(keys[number], rules, epoch: epoch, in: list, own: node.address)?.claim.bytes ?? [])
    }
    let report = try StageConformance(
      .vrfPeers, config: "[vrf_peers]\npeers = 256\namong = \"all\"\nepoch_s = 604_800",
      packets: { index, random in SamplePacket(SamplePacket.bytes(40, &random), link: index) },
      files: MemoryFiles(["state/vrf.key": Self.digits]), node: node
    ).greeted { link in
      hasStranger && link == 2 ? (claims[3].0, claims[4].1) : claims[1 + link % 5]
    }.run()
    #expect(report[.splitInvariance] == .passed && report[.sameSeed] == .passed && report[.noAllocation] == .passed)
  }

  private func mistakes(
    _ config: String, framing: Framing = .peer, node: NodeFacts? = nil, mode: UInt32 = 0o600
  ) throws -> [String] {
    let file = ConfigFile(text: "[vrf_peers]\n" + config)
    var table = file.table("vrf_peers", as: .stage)
    let configured = StageDescriptor.vrfPeers.configure(&table)
    let shape = DecodeShape(framing: framing, limits: FrameLimits(1...64), protocolName: "test")
    let plan = ChainPlan.lone(StageConformance.chain, shape: shape, stages: ["vrf_peers"], batchSize: 16, poolSize: 64)
    let facts = try node ?? Self.node(Self.keys())
    var context = LoadContext(
      plan: plan, node: facts, files: MemoryFiles(["state/vrf.key": Self.digits], mode: mode), wall: WallTime(ns: 0))
    let prepared = configured.prepare(&context)
    #expect((prepared == nil) == !context.mistakes.isEmpty)
    return file.mistakes.map(\.sentence) + context.mistakes
  }

  /// What is wrong with a table, a key, a chain or a network is told.
  @Test func mistakesAreTold() throws {
    #expect(try mistakes("") == [])
    #expect(
      try mistakes("epoch_s = 200\noverlap_s = 51")
        == ["'overlap_s' must be at most a quarter of 'epoch_s', which is 200; found 51"])
    #expect(
      try mistakes("", framing: .raw)
        == ["'vrf_peers' needs links with a handshake, and those of chain 'kit' have none"])
    #expect(try mistakes("", mode: 0o644).first?.hasSuffix("set it to 600") == true)
    let unlisted =
      "the network file lists no key of the VRF for node 'kit' in chain 'kit'; its peers would refuse it"
    let nobody = NodeFacts(name: "kit", address: Bytes32([1]), state: "state", directory: NetworkDirectory())
    #expect(try mistakes("", node: nobody) == [unlisted])
    let others = Self.node([VRFSecretKey.test(1), VRFSecretKey.test(2)])
    #expect(
      try mistakes("", node: others)
        == ["state/vrf.key is not the key that the network file lists for node 'kit' now"])
    #expect(try mistakes("among = \"some\"").count == 1 && mistakes("peers = 0").count == 1)
  }
}
