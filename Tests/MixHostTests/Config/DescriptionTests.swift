import MixHost
import MixNet
import Testing

@Suite struct DescriptionTests {
  private func row(_ key: KeyDescription) -> String {
    let preset = key.isRequired ? "required" : key.preset ?? "-"
    return "\(key.table) \(key.key) | \(key.type) | \(preset) | \(key.allowed) | \(key.doc)"
  }

  @Test func theKeysOfAStage() {
    #expect(
      ConfigFile.keys(of: "vrf_delay") { DelayConfig(from: &$0) }.map(row) == [
        "vrf_delay mean_delay_ms | integer | 50 | 1...60000 | mean of the delay that a packet gets here",
        "vrf_delay epoch_ms | integer | 1000 | 10...3600000 | how long one seed of the function lasts",
        "vrf_delay jitter | float | 0.5 | 0.0...1.0 | share of the delay that is drawn anew at each hop",
        "vrf_delay enabled | boolean | true |  | whether the stage takes part",
      ])
    #expect(
      ConfigFile.keys(of: "pool", PoolConfig.init(from:)).map(row) == [
        "pool strategy | word | \"timed\" | timed, threshold, adaptive | what makes the pool release",
        "pool size | integer | 64 | at least 1 | packets that the pool holds",
        "pool memory_max | size | 1048576 | 4096...1073741824 | what the pool may take",
      ])
  }

  @Test func theKeysOfANodeAndAChain() {
    #expect(
      ConfigFile.keys(of: "node", NodeConfig.init(from:)).map(row) == [
        "node name | string | required | 1...64 bytes | the node's name in the network",
        "node state | path | \"state\" |  | folder of keys and tables",
        "node region | word | - | eu, us | where the node stands",
        "node key | hex | - | 4 bytes | the network's secret",
      ])
    #expect(
      ConfigFile.keys(of: "chain.mix", ChainConfig.init(from:)).map(row) == [
        "chain.mix listen | address | required |  | where the chain accepts links",
        "chain.mix peers | list of addresses | [] |  | whom the chain dials",
        "chain.mix decode | list of strings | required |  | the stages that read headers",
        "chain.mix verify | list of strings | [\"replay\"] |  | the stages that drop what is wrong",
        "chain.mix mix | list of strings | [] |  | the stages that hold packets",
      ])
  }

  @Test func everyDefaultIsReadAsItself() {
    let keys = ConfigFile.keys(of: "pool", PoolConfig.init(from:))
    let text = "[pool]\n" + keys.compactMap { key in key.preset.map { "\(key.key) = \($0)\n" } }.joined()
    let file = ConfigFile(text: text)
    var table = file.table("pool")
    let pool = PoolConfig(from: &table)
    file.finish()
    #expect(file.mistakes.isEmpty)
    #expect(pool.strategy == .timed && pool.size == 64 && pool.bytes == 1 << 20)
  }
}
