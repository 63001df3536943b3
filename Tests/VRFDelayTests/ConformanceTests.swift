import MixHostTesting
import MixNet
import Testing

@testable import MixHost
@testable import VRFDelay

/// The stage keeps to the contract that the authors of other stages are held to, and its table to the operators'.
@Suite struct ConformanceTests {
  private static let digits = Array(Hex.text([UInt8](repeating: 9, count: 32)).utf8)

  @Test(arguments: DelayLaw.Kind.allCases)
  func conforms(_ law: DelayLaw.Kind) throws {
    let report = try StageConformance(
      .vrfDelay, config: "[vrf_delay]\nlaw = \"\(law.rawValue)\"\nmean_ms = 5",
      files: MemoryFiles(["state/vrf.key": Self.digits])
    ).run()
    #expect(report[.splitInvariance] == .passed && report[.sameSeed] == .passed)
  }

  /// A third of the packets have no id.
  @Test func conformsWithoutIDs() throws {
    try StageConformance(
      .vrfDelay,
      packets: { index, random in
        let id = Bytes32(words: [index % 3 == 0 ? 0 : random.next(), 0, 0, 0])
        return SamplePacket(SamplePacket.bytes(40, &random), link: index, id: id)
      },
      files: MemoryFiles(["state/vrf.key": Self.digits])
    ).run()
  }

  /// What is wrong with a table or a key is told.
  @Test func mistakes() throws {
    let key = ["state/vrf.key": Self.digits]
    func mistakes(_ config: String, _ files: [String: [UInt8]], mode: UInt32 = 0o600) -> [String] {
      let file = ConfigFile(text: "[vrf_delay]\n" + config)
      var table = file.table("vrf_delay", as: .stage)
      let configured = StageDescriptor.vrfDelay.configure(&table)
      let shape = DecodeShape(framing: .raw, limits: FrameLimits(1...64), protocolName: "test")
      let plan = ChainPlan.lone("mix", shape: shape, stages: ["vrf_delay"], batchSize: 16, poolSize: 64)
      let key = NetworkDirectory.Key(
        purpose: "vrf", bytes: Fingerprint.of("another"), from: 0, until: .max)
      let directory = NetworkDirectory(nodes: [
        .init(name: "listed", layer: 0, address: Bytes32(), chains: [], clients: nil, keys: [key])
      ])
      let name = config.contains("listed") ? "listed" : "n"
      let facts = NodeFacts(name: name, address: Bytes32(), state: "state", directory: directory)
      var context = LoadContext(
        plan: plan, node: facts, files: MemoryFiles(files, mode: mode), wall: WallTime(ns: 0))
      let prepared = configured.prepare(&context)
      #expect((prepared == nil) == !context.mistakes.isEmpty)
      return file.mistakes.map(\.sentence) + context.mistakes
    }
    #expect(mistakes("", key) == [])
    #expect(
      mistakes("mean_ms = 100\nmax_ms = 99", key) == ["'max_ms' must be at least 'mean_ms', which is 100; found 99"])
    #expect(mistakes("", [:]) == ["the secret key of the VRF cannot be read: state/vrf.key: no such file"])
    #expect(mistakes("", key, mode: 0o644) == ["state/vrf.key is readable by others (mode 644); set it to 600"])
    #expect(
      mistakes("", ["state/vrf.key": Array("00".utf8)]) == ["state/vrf.key holds no key: it must be 64 hex digits"])
    #expect(
      mistakes("key_file = \"listed\"", ["state/listed": Self.digits])
        == ["state/listed is not the key that the network file lists for node 'listed' now"])
    #expect(mistakes("", ["state/vrf.key": Self.digits, "state/vrf_delay.mix": [1, 2, 3]]) == [])
  }

  /// A chain's name may be any text; its file's name is one.
  @Test func filesOfChains() {
    let facts = NodeFacts(name: "n", address: Bytes32(), state: "state", directory: NetworkDirectory())
    #expect(VRFDelayState.markerPath("mix-1_a", facts) == "state/vrf_delay.mix-1_a")
    for name in ["../x", "a b", "\u{e4}", "a/b", ".."] {
      #expect(VRFDelayState.markerPath(name, facts) == "state/vrf_delay.\(Fingerprint.of(name))")
    }
  }
}
