import MixNet
import Testing

@testable import MixHost

/// Stages that exist to be listed: loading is tested without any of the real ones.
enum LoaderFixture {
  struct NoFiles: FileSource {
    func read(_ path: String, limit: Int) throws(StorageError) -> (bytes: [UInt8], mode: UInt32) {
      throw StorageError(path: path, detail: "No such file or directory")
    }
  }

  final class Stages: DecodeStage, VerifyStage, DelayStage, ForwardStage {
    func decode(_ batch: inout PacketBatch, _ columns: inout Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn) {}
    func verify(
      _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ verdicts: inout Verdicts, _ turn: inout Turn
    ) {}
    func delay(
      _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ deadlines: inout Deadlines, _ turn: inout Turn
    ) {}
    func forward(
      _ batch: borrowing PacketBatch, _ columns: borrowing Decoded, _ outlets: inout Outlets,
      _ verdicts: inout Verdicts, _ turn: inout Turn
    ) {}
  }

  static let limits = FrameLimits(1...1_000)

  static func decode(_ name: String, provides: ColumnSet) -> StageDescriptor {
    StageDescriptor(
      .decode, name, summary: "decodes", provides: provides,
      config: { (table: inout ConfigTable) in table.int("size", default: 7, in: 1...9, "a size") },
      shape: { _ in DecodeShape(framing: .raw, limits: limits, protocolName: "test") },
      make: { (_: Int, _: inout StageBuilder) throws(BuildError) -> any DecodeStage in Stages() })
  }

  static let plugins = [
    Plugin(
      name: "onion", summary: "decodes and checks",
      stages: [
        decode("onion", provides: [.id, .route, .headerDelay]),
        StageDescriptor(
          .verify, "replay", summary: "checks", needs: .id,
          config: { (table: inout ConfigTable) in
            table.int("tags_max", default: 100, in: 1...1_000, "tags")
          },
          make: { (_: Int, _: inout StageBuilder) throws(BuildError) -> any VerifyStage in Stages() }),
        StageDescriptor(
          .delay, "wait", summary: "delays", needs: .headerDelay,
          config: { (table: inout ConfigTable) in
            table.int("mean_delay_ms", default: 50, in: 1...60_000, "mean delay")
          },
          make: { (_: Int, _: inout StageBuilder) throws(BuildError) -> any DelayStage in Stages() }),
      ]),
    Plugin(
      name: "way", summary: "decodes plainly and forwards",
      stages: [
        decode("plain", provides: []),
        StageDescriptor(
          .forward, "next", summary: "forwards", needs: .route,
          config: { (_: inout ConfigTable) in 0 },
          make: { (_: Int, _: inout StageBuilder) throws(BuildError) -> any ForwardStage in Stages() }),
        StageDescriptor(
          .forward, "maker", summary: "uses what nobody offers", uses: ["packet_maker"],
          config: { (_: inout ConfigTable) in 0 },
          make: { (_: Int, _: inout StageBuilder) throws(BuildError) -> any ForwardStage in Stages() }),
        StageDescriptor(
          .forward, "any", summary: "forwards without a route",
          config: { (_: inout ConfigTable) in 0 },
          make: { (_: Int, _: inout StageBuilder) throws(BuildError) -> any ForwardStage in Stages() }),
      ]),
  ]

  static func load(
    _ text: String, environment: [(String, String)] = [], directory: NetworkDirectory? = nil,
    besides more: [Plugin] = []
  ) -> (loaded: NodeLoader.Loaded, mistakes: [String]) {
    let registry = Registry(plugins + more)
    let file = ConfigFile(text: text, environment: environment, shortNames: registry.shortNames)
    let loader = NodeLoader(
      registry: registry, files: NoFiles(), wall: WallTime(ns: 0), base: "",
      directory: { path in
        directory.map { .success($0) } ?? .failure(BuildError("\(path): No such file or directory"))
      })
    let loaded = loader.load(file)
    return (loaded, file.mistakes.map(\.description))
  }
}

@Suite struct NodeLoaderTests {
  static let good = """
    [chain.mix]
    decode = ["onion"]
    verify = ["replay"]
    delay = ["wait", "wait/more"]
    forward = ["next"]
    [wait.more]
    mean_delay_ms = 70
    """

  @Test func aGoodFileLoads() throws {
    let (loaded, mistakes) = LoaderFixture.load(Self.good)
    #expect(mistakes == [])
    let blueprint = try #require(loaded.blueprint)
    #expect(blueprint.plans[0].stageNames == ["onion", "replay", "wait", "wait/more", "next"])
    #expect(blueprint.workers == 4 && blueprint.memory.reduce(0) { $0 + $1.bytes } > 24 << 20)
  }

  /// One bad text for each kind of mistake, and the exact sentence.
  @Test(arguments: [
    ("", "plugins.toml:1:1: no chain is configured; add a table [chain.NAME] with decode and forward"),
    (
      "[chain.mix]\ndecode = [\"onoin\"]\nforward = [\"any\"]",
      "plugins.toml:2:11: no stage type 'onoin' in this binary; did you mean 'onion'? (linked: any, maker, next, onion, plain, replay, wait)"
    ),
    (
      "[chain.a]\nlisten = \"127.0.0.1:9001\"\ndecode = [\"onion\"]\nforward = [\"any\"]\n"
        + "[chain.b]\nlisten = \"127.0.0.1:9001\"\ndecode = [\"onion\"]\nforward = [\"any\"]",
      "plugins.toml:6:10: chains 'a' and 'b' listen on one address, 127.0.0.1:9001"
    ),
    (
      "[chain.a]\nlisten = \"127.0.0.1:9001\"\ndecode = [\"onion\"]\nforward = [\"any\"]\n"
        + "[clients]\nlisten = \"127.0.0.1:9001\"",
      "plugins.toml:6:10: chain 'a' listens on 127.0.0.1:9001 already"
    ),
    (
      "[chain.mix]\ndecode = [\"onion\"]\nverify = [\"onion\"]\nforward = [\"any\"]",
      "plugins.toml:3:11: 'onion' is a decode stage; verify takes: replay"
    ),
    (
      "[chain.mix]\ndecode = [\"onion\"]",
      "plugins.toml:1:1: chain 'mix' has no forward stage; add one of: any, maker, next"
    ),
    (
      "[chain.mix]\nforward = [\"any\"]",
      "plugins.toml:1:1: chain 'mix' has no decode stage; add one of: onion, plain"
    ),
    (
      "[chain.mix]\ndecode = [\"plain\"]\nforward = [\"next\"]",
      "plugins.toml:3:12: 'next' needs the 'route' column; no earlier stage provides it (onion does)"
    ),
    (
      "[chain.mix]\ndecode = [\"plain\"]\nforward = [\"maker\"]",
      "plugins.toml:3:12: 'maker' uses 'packet_maker', which no plugin of this binary offers"
    ),
    (
      "[chain.mix]\ndecode = [\"onion\"]\ndelay = [\"wait\", \"wait\"]\nforward = [\"any\"]",
      "plugins.toml:3:18: stage 'wait' is listed twice; give the second a name, delay = [\"wait/second\"], and its own table [wait.second]"
    ),
    (
      "[chain.mix]\ndecode = [\"onion\", \"plain\"]\nforward = [\"any\"]",
      "plugins.toml:2:20: a chain has one decode stage; 'onion' is one already"
    ),
    (
      "[chain.mix]\ndecode = [\"onion\"]\nforward = [\"any\"]\n[wait]\nmean_dely_ms = 3",
      "plugins.toml:5:1: stage 'wait' has no key 'mean_dely_ms'; did you mean 'mean_delay_ms'? (it takes enabled, mean_delay_ms)"
    ),
    (
      "[chain.mix]\ndecode = [\"onion\"]\nforward = [\"any\"]\n[wait]\nmean_delay_ms = \"fast\"",
      "plugins.toml:5:17: 'mean_delay_ms' must be an integer in 1...60000; found \"fast\""
    ),
    (
      "[chain.mix]\ndecode = [\"onion\"]\nforward = [\"any\"]\nfrom = [\"mxi\"]",
      "plugins.toml:4:9: no chain 'mxi'; did you mean 'mix'?"
    ),
    (
      "[chain.mix]\ndecode = [\"onion\"]\nforward = [\"any\"]\n[clients]\nlisten = \"127.0.0.1:1\"\nchain = \"mux\"",
      "plugins.toml:6:9: no chain 'mux'; did you mean 'mix'? (chains: mix)"
    ),
    (
      "[chain.mix]\ndecode = [\"onion\"]\nforward = [\"any\"]\n[onion]\nenabled = false",
      "plugins.toml:2:11: chain 'mix' has no decode stage while 'onion' is off; set enabled = true in [onion], or use one of: plain"
    ),
    (
      "[node]\nnetwork = \"net.json\"\n[chain.mix]\ndecode = [\"onion\"]\nforward = [\"any\"]",
      "plugins.toml:2:11: net.json: No such file or directory"
    ),
    ("[chain.mix]\ndecode = onion", "plugins.toml:2:10: not TOML:"),
  ]) func eachMistakeHasItsSentence(text: String, sentence: String) {
    let (loaded, mistakes) = LoaderFixture.load(text)
    #expect(loaded.blueprint == nil)
    #expect(
      mistakes.contains { $0 == sentence || (sentence.hasSuffix("not TOML:") && $0.hasPrefix(sentence)) },
      "\(mistakes)")
  }

  @Test func allMistakesComeAtOnce() {
    let text = """
      [node]
      nmae = "x"
      [pipeline]
      workers = 0
      batch_size = "many"
      [chain.mix]
      decode = ["onoin"]
      verify = ["wait"]
      forward = ["any"]
      [chian]
      a = 1
      [links]
      links_max = 99999999
      """
    let (_, mistakes) = LoaderFixture.load(text)
    let places = mistakes.map { $0.split(separator: ":").prefix(3).joined(separator: ":") }
    #expect(
      places == [
        "plugins.toml:2:1", "plugins.toml:4:11", "plugins.toml:5:14", "plugins.toml:7:11", "plugins.toml:8:11",
        "plugins.toml:10:1", "plugins.toml:13:13",
      ], "\(mistakes)")
  }

  @Test func aFeatureIsTurnedOffInOneLine() throws {
    let (loaded, mistakes) = LoaderFixture.load(
      Self.good.replacing("[wait.more]", with: "[replay]\nenabled = false\n[wait.more]"))
    #expect(mistakes == [])
    #expect(loaded.notes == ["chain 'mix': 'replay' is off ([replay] enabled = false)"])
    #expect(loaded.blueprint?.plans[0].stageNames == ["onion", "wait", "wait/more", "next"])
  }

  /// The table of an instance does not make a stage of the name alone, which might miss keys that it needs.
  @Test func anInstanceNeedsNoBase() {
    let strict = Plugin(
      name: "careful", summary: "has a key that must be set",
      stages: [
        StageDescriptor(
          .delay, "strict", summary: "delays", needs: .headerDelay,
          config: { (table: inout ConfigTable) in table.int("level", required: 0, in: 1...9, "a level") },
          make: { (_: Int, _: inout StageBuilder) throws(BuildError) -> any DelayStage in LoaderFixture.Stages() })
      ])
    func mistakes(_ tables: String, delay: String = "") -> [String] {
      let text = Self.good.replacing("[wait.more]", with: tables + "\n[wait.more]")
      let listed = text.replacing("\"wait/more\"", with: "\"wait/more\"" + delay)
      return LoaderFixture.load(listed, besides: [strict]).mistakes
    }
    #expect(mistakes("[strict.one]\nlevel = 3", delay: ", \"strict/one\"") == [])
    #expect(mistakes("[strict]\nlevel = 4\n[strict.one]\nlevel = 3", delay: ", \"strict/one\"") == [])
    #expect(mistakes("[strict.one]\nlevel = 3") == ["plugins.toml:6:1: no chain lists 'strict/one'"])
    // A table that is there for its own sake is read, listed or not.
    #expect(mistakes("[strict]\nlevel = 77") == ["plugins.toml:7:9: 'level' must be an integer in 1...9; found 77"])
    #expect(mistakes("[strict]") == ["plugins.toml:6:1: stage 'strict' needs the key 'level': an integer in 1...9"])
  }

  @Test func theEnvironmentLiesOnTop() {
    let variables = [
      ("NODE_PORT", "7001"), ("PIPELINE_WORKERS", "2"), ("BATCH_SIZE", "64"), ("POOL_SIZE", "512"),
      ("MAX_QUEUE_DEPTH", "5000"), ("TARGET_THROUGHPUT", "25000"), ("LOG_LEVEL", "debug"),
      ("HEARSAY_WAIT_MORE_MEAN_DELAY_MS", "80"),
    ]
    let (loaded, mistakes) = LoaderFixture.load(
      Self.good.replacing("decode", with: "listen = \"127.0.0.1:1\"\ndecode"), environment: variables)
    #expect(mistakes == [])
    #expect(loaded.blueprint?.workers == 2)
    #expect(loaded.blueprint?.plans[0].listen == Address("127.0.0.1:7001"))
    #expect(loaded.blueprint?.plans[0].batchSize == 64 && loaded.blueprint?.plans[0].poolSize == 512)
    #expect(loaded.blueprint?.settings.maxQueueDepth == 5_000)
    #expect(loaded.blueprint?.operation.targetThroughput == 25_000 && loaded.blueprint?.operation.log == .debug)
    let wrong = LoaderFixture.load(Self.good, environment: [("HEARSAY_PIPELINE_WORKRES", "2"), ("BATCH_SIZE", "x")])
    #expect(wrong.mistakes.count == 2 && wrong.mistakes.contains { $0.hasPrefix("HEARSAY_PIPELINE_WORKRES: ") })
  }

  @Test func chainsAreDealtToWorkersAndTakeFromEachOther() throws {
    let text = """
      [pipeline]
      workers = 3
      [chain.a]
      decode = ["onion"]
      forward = ["any"]
      [chain.b]
      decode = ["onion"]
      forward = ["any"]
      workers = 1
      [chain.c]
      decode = ["onion"]
      forward = ["any"]
      from = ["b"]
      workers = 1
      """
    let blueprint = try #require(LoaderFixture.load(text).loaded.blueprint)
    #expect(blueprint.plans.map(\.owner) == [0, 1, 1])
    #expect(blueprint.plans.map(\.heads) == [[true, true, true], [false, true, false], [false, true, false]])
    #expect(blueprint.targets(of: "b") == ["b": 1, "c": 2] && blueprint.targets(of: "a") == ["a": 0])
  }
}
