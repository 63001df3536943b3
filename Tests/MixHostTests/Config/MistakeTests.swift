import MixHost
import Testing

/// One bad text for each kind of mistake, with the message that the operator sees.
@Suite struct MistakeTests {
  @Test func aGoodFileHasNone() {
    #expect(LoadedConfig(LoadedConfig.good).mistakes == [])
  }

  static let keys: [(String, String)] = [
    (
      "[vrf_delay]\nmean_dely_ms = 5",
      "10:1: stage 'vrf_delay' has no key 'mean_dely_ms'; did you mean 'mean_delay_ms'? (it takes mean_delay_ms, "
        + "epoch_ms, jitter, enabled)"
    ),
    (
      "[vrf_delay]\ncolour = 'red'",
      "10:1: stage 'vrf_delay' has no key 'colour' (it takes mean_delay_ms, epoch_ms, jitter, enabled)"
    ),
    (
      "[vrf_delay]\n\"a\\nb\" = 1",
      "10:1: stage 'vrf_delay' has no key 'a\\u000Ab' (it takes mean_delay_ms, epoch_ms, jitter, enabled)"
    ),
    ("[vrf_delay]\nmean_delay_ms = \"fast\"", "10:17: 'mean_delay_ms' must be an integer in 1...60000; found \"fast\""),
    ("[vrf_delay]\nmean_delay_ms = 0", "10:17: 'mean_delay_ms' must be an integer in 1...60000; found 0"),
    ("[vrf_delay]\nmean_delay_ms = 5.0", "10:17: 'mean_delay_ms' must be an integer in 1...60000; found 5.0"),
    ("[vrf_delay]\nmean_delay_ms = true", "10:17: 'mean_delay_ms' must be an integer in 1...60000; found true"),
    (
      "[vrf_delay]\nmean_delay_ms = [1, 2]", "10:17: 'mean_delay_ms' must be an integer in 1...60000; found a list of 2"
    ),
    (
      "[vrf_delay]\nmean_delay_ms = {a = 1}", "10:17: 'mean_delay_ms' must be an integer in 1...60000; found a table"
    ),
    (
      "[vrf_delay]\nmean_delay_ms = 2020-01-01",
      "10:17: 'mean_delay_ms' must be an integer in 1...60000; found 2020-01-01"
    ),
    ("[vrf_delay]\nepoch_ms = 3_600_001", "10:12: 'epoch_ms' must be an integer in 10...3600000; found 3600001"),
    ("[vrf_delay]\njitter = 1.5", "10:10: 'jitter' must be a number in 0.0...1.0; found 1.5"),
    ("[vrf_delay]\njitter = nan", "10:10: 'jitter' must be a number in 0.0...1.0; found nan"),
    ("[vrf_delay]\njitter = \"half\"", "10:10: 'jitter' must be a number in 0.0...1.0; found \"half\""),
    ("[vrf_delay]\nenabled = 1", "10:11: 'enabled' must be true or false; found 1"),
    ("[pool]\nsize = 0", "10:8: 'size' must be an integer of at least 1; found 0"),
    (
      "[pool]\nstrategy = \"tresholt\"",
      "10:12: 'strategy' must be one of: timed, threshold, adaptive; found \"tresholt\"; did you mean 'threshold'?"
    ),
    ("[pool]\nstrategy = 1", "10:12: 'strategy' must be one of: timed, threshold, adaptive; found 1"),
    (
      "[pool]\nmemory_max = \"4 kB\"",
      "10:14: 'memory_max' must be a size in 4096...1073741824 bytes, such as 4096 or \"4 KiB\"; found \"4 kB\""
    ),
    (
      "[pool]\nmemory_max = \"9999999999999999999 GiB\"",
      "10:14: 'memory_max' must be a size in 4096...1073741824 bytes, such as 4096 or \"4 KiB\"; "
        + "found \"9999999999999999999 GiB\""
    ),
    ("[pool]\nmemory_max = \"8 KiB\"", "10:14: 'memory_max' is too small for 'size'"),
  ]

  @Test(arguments: keys)
  func aKeyOfAStage(_ text: String, _ message: String) {
    #expect(LoadedConfig(LoadedConfig.good + "\n" + text).mistakes == ["plugins.toml:" + message])
  }

  static let node: [(String, String)] = [
    ("", "1:1: table 'node' needs the key 'name': a string of 1...64 bytes"),
    ("\n[node]", "2:1: table 'node' needs the key 'name': a string of 1...64 bytes"),
    ("node.name = ''", "1:13: 'name' must be a string of 1...64 bytes; found \"\""),
    ("node.name = 5", "1:13: 'name' must be a string of 1...64 bytes; found 5"),
    ("node = 5", "1:8: 'node' must be a table; found 5"),
    ("[[node]]\nname = 'a'", "1:1: 'node' must be a table; found a list of 1"),
    ("node = { name = 'a', state = '' }", "1:30: 'state' must be a path of 1...4095 bytes; found \"\""),
    ("node = { name = 'a', state = \"\\u0000\" }", "1:30: 'state' must be a path of 1...4095 bytes; found \"\\u0000\""),
    ("node = { name = 'a', region = 'EU' }", "1:31: 'region' must be one of: eu, us; found \"EU\"; did you mean 'eu'?"),
    (
      "node = { name = 'a', key = 'c0ffee' }",
      "1:28: 'key' must be 4 bytes as 8 hexadecimal digits; found a string of 6 bytes"
    ),
    (
      "node = { name = 'a', key = 'secret42' }",
      "1:28: 'key' must be 4 bytes as 8 hexadecimal digits; found a string of 8 bytes"
    ),
    (
      "node = { name = 'a', key = 12345678 }",
      "1:28: 'key' must be 4 bytes as 8 hexadecimal digits; found no string"
    ),
    ("node = { name = 'a', other = 1 }", "1:22: table 'node' has no key 'other' (it takes name, state, region, key)"),
    ("node = { name = 'a', keys = {} }", "1:22: table 'node' has no table 'keys'; did you mean 'key'?"),
    (
      "node.name = \"\(String(repeating: "x", count: 99))\"",
      "1:13: 'name' must be a string of 1...64 bytes; found "
        + "\"\(String(repeating: "x", count: 57))...\""
    ),
  ]

  @Test(arguments: node)
  func aKeyOfTheNode(_ text: String, _ message: String) {
    let mistakes = LoadedConfig(text).mistakes
    #expect(mistakes.first == "plugins.toml:" + message)
    #expect(mistakes.dropFirst().allSatisfy { $0.hasPrefix("plugins.toml:1:1: table 'node' needs") })
  }

  static let chain: [(String, String)] = [
    ("listen = '127.0.0.1:1'", "4:1: chain 'x' needs the key 'decode': a list of 1...2 strings"),
    (
      "decode = ['sphinx']",
      "4:1: chain 'x' needs the key 'listen': an address such as \"127.0.0.1:9001\", "
        + "\"[::1]:9001\" or \"unix:PATH\""
    ),
    (
      "listen = 'localhost:1'\ndecode = ['a']",
      "5:10: 'listen' must be an address such as \"127.0.0.1:9001\", "
        + "\"[::1]:9001\" or \"unix:PATH\"; found \"localhost:1\""
    ),
    ("listen = '[::1]:1'\ndecode = 'sphinx'", "6:10: 'decode' must be a list of 1...2 strings; found \"sphinx\""),
    ("listen = '[::1]:1'\ndecode = []", "6:10: 'decode' must be a list of 1...2 strings; found 0"),
    ("listen = '[::1]:1'\ndecode = ['a', 5]", "6:16: each of 'decode' must be a string; found 5"),
    (
      "listen = '[::1]:1'\ndecode = ['a']\npeers = ['[::1]:2', '[::1]']",
      "7:21: each of 'peers' must be an address such as \"127.0.0.1:9001\", \"[::1]:9001\" or \"unix:PATH\"; "
        + "found \"[::1]\""
    ),
    (
      "listen = '[::1]:1'\ndecode = ['a']\npeers = [1, 2, 3, 4]",
      "7:9: 'peers' must be a list of at most 3 addresses; found 4"
    ),
    (
      "listen = '[::1]:1'\ndecode = ['a']\nverify = ['replay',\n  'reputatoin']",
      "8:3: no stage type 'reputatoin' in this binary; did you mean 'reputation'? (linked: cover_traffic, gossip, "
        + "pool, replay, reputation, sphinx, vrf_delay)"
    ),
    (
      "listen = '[::1]:1'\ndecode = ['a']\nverfy = []",
      "7:1: chain 'x' has no key 'verfy'; did you mean 'verify'? (it takes listen, peers, decode, verify, mix)"
    ),
    ("listen = '[::1]:1'\ndecode = ['a']\n[chain.x.y]", "7:1: chain 'x' has no table 'y'"),
  ]

  @Test(arguments: chain)
  func aKeyOfAChain(_ text: String, _ message: String) {
    let mistakes = LoadedConfig("[node]\nname = 'a'\n\n[chain.x]\n" + text).mistakes
    #expect(mistakes == ["plugins.toml:" + message])
  }

  static let tables: [(String, String)] = [
    ("[nod]", "9:1: no table 'nod' is known; did you mean 'node'? (tables: chain, node, pool, vrf_delay)"),
    ("[a.b]\nc = 1", "9:1: no table 'a' is known (tables: chain, node, pool, vrf_delay)"),
    ("[[peer]]", "9:1: no table 'peer' is known (tables: chain, node, pool, vrf_delay)"),
    ("[pool.slow]\nsize = 3", "9:1: no chain lists 'pool/slow'"),
    ("[pool.fasst]\nsize = 3", "9:1: no chain lists 'pool/fasst'; did you mean 'pool/fast'?"),
    ("[chain]\nlisten = 5", "10:1: 'chain' takes tables only, such as [chain.NAME]; found 'listen'"),
    ("[[chain.y]]", "9:1: 'chain' takes tables only, such as [chain.NAME]; found 'y'"),
  ]

  @Test(arguments: tables)
  func aTableThatNobodyReads(_ text: String, _ message: String) {
    #expect(LoadedConfig(LoadedConfig.good + "\n" + text).mistakes == ["plugins.toml:" + message])
  }

  @Test func aKeyOutsideOfATableIsToldWhereItBelongs() {
    #expect(
      LoadedConfig("jitter = 0.1\ncolour = 1\n" + LoadedConfig.good).mistakes == [
        "plugins.toml:1:1: the key 'jitter' stands in no table; it belongs in [vrf_delay]",
        "plugins.toml:2:1: the key 'colour' stands in no table",
      ])
  }

  @Test func aSyntaxErrorIsTheOnlyMistake() {
    let loaded = LoadedConfig("[node]\nname = mix-1\n", [("HEARSAY_NODE_NAM", "x")])
    #expect(loaded.file.isBroken)
    #expect(loaded.mistakes.count == 1)
    #expect(loaded.mistakes.first?.hasPrefix("plugins.toml:2:8: not TOML: ") == true)
  }

  @Test func allAtOnceAndInTheOrderOfTheFile() {
    let text = """
      [vrf_delay]
      mean_delay_ms = 0
      mean_dely_ms = 5
      epoch_ms = "x"
      [piplene]
      [chain.b]
      listen = "127.0.0.1:1"
      verify = ["replay", "reputatoin", "sphnix"]
      [node]
      state = 5
      """
    let linked = "(linked: cover_traffic, gossip, pool, replay, reputation, sphinx, vrf_delay)"
    #expect(
      LoadedConfig(text, [("HEARSAY_NODE_STAT", "x"), ("HEARSAY_CHAIN_B_PEERS", "a")]).mistakes == [
        "plugins.toml:2:17: 'mean_delay_ms' must be an integer in 1...60000; found 0",
        "plugins.toml:3:1: stage 'vrf_delay' has no key 'mean_dely_ms'; did you mean 'mean_delay_ms'? (it takes "
          + "mean_delay_ms, epoch_ms, jitter, enabled)",
        "plugins.toml:4:12: 'epoch_ms' must be an integer in 10...3600000; found \"x\"",
        "plugins.toml:5:1: no table 'piplene' is known (tables: chain, node, vrf_delay)",
        "plugins.toml:6:1: chain 'b' needs the key 'decode': a list of 1...2 strings",
        "plugins.toml:8:21: no stage type 'reputatoin' in this binary; did you mean 'reputation'? \(linked)",
        "plugins.toml:8:35: no stage type 'sphnix' in this binary; did you mean 'sphinx'? \(linked)",
        "plugins.toml:9:1: table 'node' needs the key 'name': a string of 1...64 bytes",
        "plugins.toml:10:9: 'state' must be a path of 1...4095 bytes; found 5",
        "HEARSAY_CHAIN_B_PEERS: each of 'peers' must be an address such as \"127.0.0.1:9001\", \"[::1]:9001\" or "
          + "\"unix:PATH\"; found \"a\"",
        "HEARSAY_NODE_STAT: no key has this variable; did you mean 'HEARSAY_NODE_STATE'?",
      ])
  }
}
