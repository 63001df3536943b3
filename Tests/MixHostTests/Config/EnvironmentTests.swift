import MixHost
import MixNet
import Testing

@Suite struct EnvironmentTests {
  private func load(_ environment: (String, String)..., text: String = LoadedConfig.good) -> LoadedConfig {
    LoadedConfig(text, environment)
  }

  @Test func variablesLieOverTheFile() {
    let loaded = load(
      ("HEARSAY_NODE_NAME", "mix-2"), ("HEARSAY_VRF_DELAY_MEAN_DELAY_MS", "7"), ("HEARSAY_VRF_DELAY_JITTER", "0.25"),
      ("HEARSAY_VRF_DELAY_ENABLED", "false"), ("HEARSAY_CHAIN_MIX_LISTEN", "[::1]:5"),
      ("HEARSAY_CHAIN_MIX_DECODE", "plain, sphinx"), ("HEARSAY_CHAIN_MIX_VERIFY", ""),
      ("HEARSAY_POOL_STRATEGY", "adaptive"), ("HEARSAY_POOL_MEMORY_MAX", "1048576"),
      ("HEARSAY_POOL_FAST_MEMORY_MAX", "2MiB"), ("HEARSAY_NODE_KEY", "00010203"))
    #expect(loaded.mistakes == [])
    #expect(loaded.node.name == "mix-2" && loaded.node.key == [0, 1, 2, 3])
    #expect(loaded.delay.mean == 7 && loaded.delay.jitter == 0.25 && !loaded.delay.isOn)
    #expect(loaded.chains.first?.listen == Address("[::1]:5"))
    #expect(loaded.chains.first?.decode == ["plain", "sphinx"] && loaded.chains.first?.verify == [])
    #expect(loaded.pools.map(\.strategy) == [.adaptive, .adaptive])
    #expect(loaded.pools.map(\.bytes) == [1 << 20, 2 << 20])
  }

  @Test func dashesAndDotsBecomeUnderscores() {
    let file = ConfigFile(text: "[chain.\"mix-1.a\"]", environment: [("HEARSAY_CHAIN_MIX_1_A_LISTEN", "[::]:1")])
    #expect(file.instances(of: "chain").first?.address("listen", "")?.port == 1)
    file.finish()
    #expect(file.mistakes.isEmpty)
  }

  @Test func shortNames() {
    let loaded = load(("POOL_SIZE", "5"), ("NODE_NAME", "short"))
    #expect(loaded.mistakes == [])
    #expect(loaded.pools.map(\.size) == [5, 5] && loaded.node.name == "short")
  }

  @Test func theLongNameWinsOverTheShortOne() {
    #expect(load(("POOL_SIZE", "5"), ("HEARSAY_POOL_SIZE", "6")).pools.first?.size == 6)
    #expect(load(("HEARSAY_POOL_SIZE", "6"), ("HEARSAY_POOL_SIZE", "7")).pools.first?.size == 6)
  }

  @Test func aNumberChangesThePortAlone() {
    #expect(load(("NODE_PORT", "9100")).chains.first?.listen == .loopback(port: 9100))
    let six = "[node]\nname = 'a'\n[chain.x]\nlisten = '[::1]:1'\ndecode = ['a']\n[chain.y]\nlisten = '[::1]:2'\n"
    let loaded = load(("NODE_PORT", "7"), text: six + "decode = ['a']")
    #expect(loaded.mistakes == [])
    #expect(loaded.chains.map(\.listen) == [Address("[::1]:7"), Address("[::1]:2")].compactMap(\.self))
  }

  @Test func aPortNeedsAnAddressBelow() {
    let address = "an address such as \"127.0.0.1:9001\", \"[::1]:9001\" or \"unix:PATH\""
    let orPort = "\(address) (or a port in 0...65535, where an address with a port lies below it)"
    let head = "[node]\nname = 'a'\n[chain.x]\ndecode = ['a']\n"
    #expect(load(("NODE_PORT", "7"), text: head).mistakes == ["NODE_PORT: 'listen' must be \(orPort); found \"7\""])
    #expect(
      load(("NODE_PORT", "7"), text: head + "listen = 'x'").mistakes
        == ["plugins.toml:5:10: 'listen' must be \(address); found \"x\""])
    #expect(
      load(("NODE_PORT", "7"), text: head + "listen = 'unix:a'").mistakes
        == ["NODE_PORT: 'listen' must be \(orPort); found \"7\""])
    for wrong in ["65536", "-1", "+7", "abc", ""] {
      #expect(
        load(("NODE_PORT", wrong)).mistakes == ["NODE_PORT: 'listen' must be \(orPort); found \"\(wrong)\""])
    }
  }

  static let wrong: [(String, String, String)] = [
    (
      "HEARSAY_VRF_DELAY_MEAN_DELAY_MS", "fast", "'mean_delay_ms' must be an integer in 1...60000; found \"fast\""
    ),
    ("HEARSAY_VRF_DELAY_MEAN_DELAY_MS", "0", "'mean_delay_ms' must be an integer in 1...60000; found 0"),
    ("HEARSAY_VRF_DELAY_JITTER", "nan", "'jitter' must be a number in 0.0...1.0; found nan"),
    ("HEARSAY_VRF_DELAY_ENABLED", "yes", "'enabled' must be true or false; found \"yes\""),
    ("HEARSAY_CHAIN_MIX_DECODE", "", "'decode' must be a list of 1...2 strings; found 0"),
    ("HEARSAY_NODE_KEY", "hunter2", "'key' must be 4 bytes as 8 hexadecimal digits; found a string of 7 bytes"),
    ("POOL_SIZE", "", "'size' must be an integer of at least 1; found \"\""),
    (
      "HEARSAY_VRF_DELAY_MEAN_DELY_MS", "5",
      "no key has this variable; did you mean 'HEARSAY_VRF_DELAY_MEAN_DELAY_MS'?"
    ),
    ("HEARSAY_ELSEWHERE", "5", "no key has this variable"),
    ("HEARSAY_", "", "no key has this variable"),
  ]

  @Test(arguments: wrong)
  func aWrongVariable(_ name: String, _ text: String, _ sentence: String) {
    #expect(load((name, text)).mistakes == ["\(name): \(sentence)"])
  }

  @Test func oneVariableForTwoKeys() {
    let file = ConfigFile(text: "", environment: [("HEARSAY_A_B_C", "1")])
    _ = file.table("a").int("b_c", default: 0, "")
    _ = file.table("a/b").int("c", default: 0, "")
    file.finish()
    #expect(
      file.mistakes.map(\.description) == [
        "HEARSAY_A_B_C: it fits more than one key: 'b_c' in [a] and 'c' in [a.b]"
      ])
  }

  @Test func askingWhetherAKeyIsSetDoesNotMakeItKnown() {
    let file = ConfigFile(text: "", environment: [("HEARSAY_A_B", "1"), ("UNRELATED", "1")])
    #expect(file.table("a").isSet("b"))
    file.finish()
    #expect(file.mistakes.map(\.description) == ["HEARSAY_A_B: no key has this variable"])
  }
}
