import MixHost
import Testing

/// Files and variables that nobody wrote by hand: whatever they are, reading gives values in range and a list of
/// mistakes, and the same ones each time.
@Suite struct HostileConfigTests {
  private let names = [
    "node", "chain", "pool", "vrf_delay", "fast", "mix", "name", "state", "key", "listen", "peers", "decode", "verify",
    "mean_delay_ms", "epoch_ms", "jitter", "enabled", "strategy", "size", "memory_max", "x", "\"\"", "\"a.b/c\"",
    "\"\\u0000\"", "\"ü\"",
  ]
  private let values = [
    "0", "-1", "9223372036854775807", "-9223372036854775808", "1e400", "nan", "-inf", "0.5", "true", "''", "'pool/'",
    "'/'", "'pool/a.b'", "\"\\u0000\\n\"", "'8 KiB'", "' KiB'", "'-1 GiB'", "'127.0.0.1:1'", "'unix:'", "[]", "[[]]",
    "['pool', 'pool/fast', 1]", "['pool', 'pool', '/', '']", "[{}]", "{}", "{fast = {}}", "{size = {}}", "1979-05-27",
    "07:32:00",
  ]

  @Test func randomFiles() {
    var random = Numbers(state: 7)
    var parsed = 0
    for _ in 0..<5_000 {
      let text = randomText(&random)
      let environment = (0..<Int.random(in: 0...2, using: &random)).map { _ in
        let name = "HEARSAY_\(pick(names, &random))_\(pick(names, &random))".uppercased()
        return (name, String(pick(values, &random).filter { $0 != "'" }))
      }
      let loaded = LoadedConfig(text, environment)
      if !loaded.file.isBroken { parsed += 1 }
      #expect((1...60_000).contains(loaded.delay.mean) && (0...1).contains(loaded.delay.jitter))
      #expect(loaded.pools.allSatisfy { $0.size >= 1 && $0.bytes >= 4096 })
      #expect(loaded.mistakes.allSatisfy { !$0.unicodeScalars.contains { $0.value < 0x20 } }, "\(loaded.mistakes)")
      #expect(loaded.file.mistakes.map(\.position) == loaded.file.mistakes.map(\.position).sorted())
      #expect(LoadedConfig(text, environment).mistakes == loaded.mistakes)
    }
    #expect(parsed > 1_000)
  }

  private func randomText(_ random: inout Numbers) -> String {
    (0..<Int.random(in: 0...8, using: &random)).map { _ in
      switch Int.random(in: 0..<8, using: &random) {
      case 0: "[\(pick(names, &random))]\n"
      case 1: "[\(pick(names, &random)).\(pick(names, &random))]\n"
      case 2: "[[\(pick(names, &random))]]\n"
      case 3: "\(pick(names, &random)).\(pick(names, &random)) = \(pick(values, &random))\n"
      default: "\(pick(names, &random)) = \(pick(values, &random))\n"
      }
    }.joined()
  }

  private func pick(_ list: [String], _ random: inout Numbers) -> String {
    list[Int.random(in: 0..<list.count, using: &random)]
  }

  @Test func randomBytes() {
    var random = Numbers(state: 8)
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let loaded = LoadedConfig(String(decoding: bytes, as: UTF8.self))
      #expect(!loaded.mistakes.isEmpty)
    }
  }
}

/// A small seeded generator (Steele, Lea and Flood 2014), so that a failure comes again.
private struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
