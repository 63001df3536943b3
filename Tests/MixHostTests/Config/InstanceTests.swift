import MixHost
import Testing

@Suite struct InstanceTests {
  @Test func anInstanceLiesOverItsBase() {
    let loaded = LoadedConfig(
      LoadedConfig.good + "[pool]\nstrategy = 'threshold'\nsize = 10\n[pool.fast]\nsize = 3\n")
    #expect(loaded.mistakes == [])
    #expect(loaded.pools.map(\.size) == [10, 3])
    #expect(loaded.pools.map(\.strategy) == [.threshold, .threshold])
  }

  @Test func anInstanceNeedsNoBaseAndNoTable() {
    #expect(LoadedConfig(LoadedConfig.good + "[pool.fast]\nsize = 3\n").pools.map(\.size) == [64, 3])
    #expect(LoadedConfig(LoadedConfig.good).pools.map(\.size) == [64, 64])
  }

  @Test func aMistakeInTheBaseIsReportedOnce() {
    let loaded = LoadedConfig(LoadedConfig.good + "[pool]\nsize = 0\nsise = 1\n")
    #expect(
      loaded.mistakes == [
        "plugins.toml:9:8: 'size' must be an integer of at least 1; found 0",
        "plugins.toml:10:1: stage 'pool' has no key 'sise'; did you mean 'size'? (it takes strategy, size, memory_max)",
      ])
  }

  @Test func aMistakeInTheInstanceNamesIt() {
    let loaded = LoadedConfig(LoadedConfig.good + "[pool.fast]\nsize = 0\nsise = 1\n")
    #expect(
      loaded.mistakes == [
        "plugins.toml:9:8: 'size' must be an integer of at least 1; found 0",
        "plugins.toml:10:1: stage 'pool/fast' has no key 'sise'; did you mean 'size'? (it takes strategy, size, "
          + "memory_max)",
      ])
  }

  @Test func aRequiredKeyMayStandInTheBase() {
    let file = ConfigFile(text: "[a]\nk = 1\n[a.b]\n")
    #expect(file.table("a/b", as: .stage).int("k", required: 0, "") == 1)
    #expect(file.table("a/b", as: .stage).int("j", required: 0, "") == 0)
    #expect(file.mistakes.map(\.description) == ["plugins.toml:3:1: stage 'a/b' needs the key 'j': an integer"])
  }

  @Test func anInlineTableIsAnInstanceToo() {
    let loaded = LoadedConfig(LoadedConfig.good + "[pool]\nfast = { size = 5 }\n")
    #expect(loaded.mistakes == [])
    #expect(loaded.pools.map(\.size) == [64, 5])
  }

  @Test func anInstanceThatIsNoTable() {
    let loaded = LoadedConfig(LoadedConfig.good + "[pool]\nfast = 5\n")
    #expect(loaded.mistakes == ["plugins.toml:9:8: 'pool.fast' must be a table; found 5"])
  }

  @Test func variablesLieOverTheirOwnLayer() {
    let text = LoadedConfig.good + "[pool]\nsize = 10\n[pool.fast]\nsize = 3\n"
    #expect(LoadedConfig(text, [("HEARSAY_POOL_SIZE", "20")]).pools.map(\.size) == [20, 3])
    #expect(LoadedConfig(text, [("HEARSAY_POOL_FAST_SIZE", "30")]).pools.map(\.size) == [10, 30])
    #expect(LoadedConfig(LoadedConfig.good, [("HEARSAY_POOL_SIZE", "20")]).pools.map(\.size) == [20, 20])
  }
}
