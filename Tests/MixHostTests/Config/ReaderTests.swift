import MixHost
import MixNet
import Testing

@Suite struct ReaderTests {
  @Test func defaultsOfAnEmptyFile() {
    let loaded = LoadedConfig("")
    #expect(loaded.delay.mean == 50 && loaded.delay.epoch == .s(1) && loaded.delay.jitter == 0.5 && loaded.delay.isOn)
    #expect(loaded.node.state == "state" && loaded.node.region == nil && loaded.node.key == nil)
    #expect(loaded.chains.isEmpty)
  }

  @Test func valuesOfTheFile() {
    let loaded = LoadedConfig(
      """
      [node]
      name = "mix-1"
      region = "us"
      key = "C0ffee01"
      [chain.mix]
      listen = "[::1]:9001"
      peers = ["127.0.0.1:1", "unix:run/a"]
      decode = ["sphinx"]
      mix = ["pool"]
      [vrf_delay]
      mean_delay_ms = 0x10
      epoch_ms = 2_000
      jitter = 1
      enabled = false
      [pool]
      strategy = "adaptive"
      memory_max = "2 MiB"
      """)
    #expect(loaded.mistakes == [])
    #expect(loaded.node.name == "mix-1" && loaded.node.region == "us" && loaded.node.key == [0xc0, 0xff, 0xee, 0x01])
    #expect(loaded.chains.first?.listen == Address("[::1]:9001"))
    #expect(loaded.chains.first?.peers == [Address("127.0.0.1:1"), Address("unix:run/a")].compactMap(\.self))
    #expect(loaded.chains.first?.decode == ["sphinx"])
    #expect(loaded.delay.mean == 16 && loaded.delay.epoch == .s(2) && loaded.delay.jitter == 1 && !loaded.delay.isOn)
    #expect(loaded.pools.first?.strategy == .adaptive && loaded.pools.first?.bytes == 2 << 20)
  }

  @Test func aWrongValueGivesTheDefault() {
    let loaded = LoadedConfig("vrf_delay = { mean_delay_ms = 'x', epoch_ms = 1, jitter = 2, enabled = 'no' }")
    #expect(loaded.delay.mean == 50 && loaded.delay.epoch == .s(1) && loaded.delay.jitter == 0.5 && loaded.delay.isOn)
  }

  @Test func chainsComeInTheOrderOfTheFile() {
    let file = ConfigFile(text: "[chain.z]\n[chain.a]\n[chain.\"m.n\"]\n[other]\n[chain.b]")
    let chains = file.instances(of: "chain")
    #expect(chains.map(\.name) == ["z", "a", "m.n", "b"])
    #expect(chains.map(\.position.description).last == "plugins.toml:5:1")
    #expect(chains.map(\.title).first == "chain 'z'")
  }

  @Test func elementsKnowTheirPlace() {
    let loaded = LoadedConfig("[chain.x]\nmix = [\"pool\",\n  'pool/fast']\n")
    let chain = loaded.chains.first
    #expect(chain?.mix.map(\.position.description) == ["plugins.toml:2:8", "plugins.toml:3:3"])
    // A default has no place of its own.
    #expect(chain?.verify == [ConfigItem(text: "replay", position: loaded.file.instances(of: "chain")[0].position)])
  }

  @Test func tablesInsideOfTables() {
    let file = ConfigFile(text: "[metrics.labels]\nsite = 'a'\n[metrics.lables]\n")
    let metrics = file.table("metrics", as: .stage)
    #expect(metrics.table("labels").string("site", default: "", "where") == "a")
    file.finish()
    #expect(
      file.mistakes.map(\.description) == [
        "plugins.toml:3:1: no chain lists 'metrics/lables'; did you mean 'metrics/labels'?"
      ])
  }

  @Test func aTableKnowsWhetherItIsThere() {
    let file = ConfigFile(text: "[a]\nx = 1")
    #expect(file.table("a").exists && !file.table("b").exists)
    #expect(file.table("a").isSet("x") && !file.table("a").isSet("y"))
    #expect(file.table("a").position(of: "x").description == "plugins.toml:2:5")
    #expect(file.table("a").position(of: "y").description == "plugins.toml:1:1")
  }

  @Test func twoReadersOfOneTable() {
    let file = ConfigFile(text: "[sphinx]\nformat = 'nim'\nhops = 3\n")
    var stage = file.table("sphinx", as: .stage)
    var maker = file.table("sphinx")
    func format(_ t: inout ConfigTable) -> String {
      t.choice("format", default: "nym", of: ["katzenpost", "nym"], "the format")
    }
    #expect(format(&stage) == "nym" && format(&maker) == "nym")
    #expect(maker.int("hops", default: 5, in: 1...5, "hops of a loop") == 3)
    file.finish()
    #expect(
      file.mistakes.map(\.sentence) == [
        "'format' must be one of: katzenpost, nym; found \"nim\"; did you mean 'nym'?"
      ])
    #expect(file.keys.map(\.key) == ["format", "hops"])
  }

  @Test func optionalAndRequiredForms() {
    let file = ConfigFile(
      text: "[t]\ni = 7\nb = true\nf = 2\ns = 'x'\nz = '4 KiB'\na = '[::1]:1'\nc = 'on'\nh = '0aFF'\n")
    enum Switch: String, CaseIterable { case on, off }
    let t = file.table("t")
    #expect(t.int("i", in: 1...9, "") == 7 && t.int("i2", "") == nil && t.int("i", required: 1, "") == 7)
    #expect(t.bool("b", "") == true && t.bool("b2", "") == nil)
    #expect(t.float("f", "") == 2 && t.float("f2", in: 0...1, "") == nil)
    #expect(t.string("s", "") == "x" && t.string("s2", "") == nil)
    #expect(t.size("z", in: 1...9999, "") == 4096 && t.size("z2", in: 1...2, "") == nil)
    #expect(t.address("a", "")?.port == 1 && t.address("a2", "") == nil)
    #expect(t.address("a", default: .loopback(port: 2), "").port == 1)
    #expect(t.choice("c", of: Switch.self, "") == .on && t.choice("c2", of: Switch.self, "") == nil)
    #expect(t.choice("c", required: Switch.off, "") == .on)
    #expect(t.choice("c", required: "off", of: ["on", "off"], "") == "on")
    #expect(t.requiredBytes("h", count: 2, "") == [0x0a, 0xff])
    #expect(t.path("s", "") == "x" && t.path("p2", "") == nil && t.path("s", required: "", "") == "x")
    #expect(t.choices("l", default: [Switch.on], "") == [.on])
    #expect(file.mistakes.isEmpty)
    #expect(t.requiredBytes("h2", count: 2, "") == [0, 0])
    #expect(t.int("i3", required: 4, in: 3...5, "") == 4)
    #expect(
      file.mistakes.map(\.description) == [
        "plugins.toml:1:1: table 't' needs the key 'h2': 2 bytes as 4 hexadecimal digits",
        "plugins.toml:1:1: table 't' needs the key 'i3': an integer in 3...5",
      ])
  }

  @Test func secondsAndMilliseconds() {
    let t = ConfigFile(text: "[t]\na_s = 3\nb_ms = 4").table("t")
    #expect(t.seconds("a_s", default: 1, in: 0...9, "") == .s(3))
    #expect(t.milliseconds("b_ms", default: 1, in: 0...9, "") == .ms(4))
    #expect(t.seconds("c_s", default: 2, in: 0...9, "") == .s(2))
  }
}
