import MixHost
import SimNet
import Testing

@testable import HearsaySim

/// Networks whose links differ, and whose nodes hold links to rates and give them up.
@Suite struct VarietyTests {
  private func settings(_ text: String) throws -> RunSettings {
    let words = try Words(
      text.split(separator: " ").map(String.init), options: ["seed"] + RunSettings.options,
      switches: RunSettings.switches)
    return try RunSettings(words, seed: words.seed())
  }

  @Test func aSwarmDrawsThem() throws {
    let swarm = (1...100).map { RunSettings(seed: $0, faults: .swarm) }
    #expect((15...35).contains(swarm.count { $0.variety == nil }))
    #expect((35...65).contains(swarm.count { $0.hasLimits }))
    for law in LinkVariety.Law.allCases { #expect(swarm.contains { $0.variety?.laws == [law] }) }
    #expect(swarm.contains { $0.variety?.narrow == .never } && swarm.contains { $0.variety?.narrow == .always })
    let limited = swarm.flatMap { $0.nodeLimits }.flatMap { $0.lines }
    for key in ["read_bytes_per_s", "write_frames_per_s", "read_all_frames_per_s", "reconnect_tries_max"] {
      #expect(limited.contains { $0.hasPrefix(key + " = ") })
    }
    #expect(RunSettings(seed: 1).variety == nil && !RunSettings(seed: 1).hasLimits)
  }

  @Test func wordsSayIt() throws {
    let even = try settings("--seed 3 --swarm --links even --limits none")
    #expect(even.variety == nil && !even.hasLimits && even.words.contains("--swarm --links even --limits none"))
    let varied = try settings("--seed 3 --faults none --links varied --limits drawn")
    #expect(varied.variety != nil && varied.hasLimits && varied.words.contains("--links varied --limits drawn"))
    #expect(try settings("--seed 3 --swarm").words == "run --seed 3 --nodes 12 --seconds 60 --swarm")
    for text in ["--seed 1 --links long", "--seed 1 --limits some"] {
      #expect(throws: WrongWords.self) { try settings(text) }
    }
  }

  /// What a swarm has drawn is the same when it is said in words.
  @Test func wordsChangeNothingThatWasDrawn() throws {
    for seed in 1...50 as ClosedRange<UInt64> {
      let drawn = RunSettings(seed: seed, faults: .swarm)
      var said = drawn
      said.links = drawn.variety == nil ? .even : .varied
      said.limits = drawn.hasLimits ? .drawn : .off
      #expect(said.variety == drawn.variety && said.nodeLimits == drawn.nodeLimits)
    }
  }

  /// The nodes' files say it, and the nodes have taken it over.
  @Test func nodesKeepToTheirLimits() throws {
    var settings = RunSettings(seed: 5, nodes: 12, seconds: 4, faults: .named([]), crypto: .stub)
    settings.limits = .drawn
    let run = SimRun(settings)
    let limits = settings.nodeLimits
    #expect(limits.contains { !$0.lines.isEmpty } && limits.contains { $0.lines.isEmpty })
    for (node, limits) in zip(run.nodes, limits) {
      let said = try node.load().settings.filter { $0.table == "links" }.map { "\($0.key) = \($0.value ?? "")" }
      for line in limits.lines { #expect(said.contains(line), "\(line) of \(node.host.name)") }
    }
  }

  /// Without a fault nothing goes wrong on links that differ, however narrow, and at nodes with limits, however low.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func noRuleBreaks(_ seed: UInt64) {
    var settings = RunSettings(seed: seed, nodes: 3 + Int(seed % 4) * 3, seconds: 12, faults: .named([]), crypto: .stub)
    (settings.links, settings.limits, settings.conversations) = (.varied, .drawn, Int(seed % 3))
    let outcome = SimRun(settings).run()
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    #expect(outcome.answered > 100)
  }

  @Test func aNarrowLinkIsToldInTheTrace() throws {
    var settings = RunSettings(seed: 2, nodes: 3, seconds: 4, faults: .named([]), crypto: .stub)
    (settings.links, settings.limits) = (.varied, .drawn)
    var lines: [UInt8] = []
    _ = SimRun(settings).run { bytes in for place in 0..<bytes.count { lines.append(bytes[place]) } }
    let text = String(decoding: lines, as: UTF8.self)
    #expect(text.contains(/\d+ mix-1 link to=mix-2 delay=[a-z]+ typical=\d+ bandwidth=\d+\n/))
  }
}
