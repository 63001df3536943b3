import Testing

@testable import HearsaySim

/// The demonstration: what was accepted is accounted for to the last packet.
@Suite struct DemoTests {
  private func outcome(_ seed: UInt64, _ crypto: CryptoKind) -> Outcome {
    var settings = RunSettings(seed: seed, nodes: 3, seconds: 60, faults: .named([]), crypto: crypto)
    settings.scenario = .demo
    return SimRun(settings).run()
  }

  @Test(arguments: [CryptoKind.real, .stub], [1, 2] as [UInt64])
  func everyPacketIsAccountedFor(_ crypto: CryptoKind, _ seed: UInt64) {
    let outcome = outcome(seed, crypto)
    #expect(outcome.violations.isEmpty, "\(outcome.text)")
    let account = outcome.account
    #expect(account.unaccounted == 0 && account.held == 0)
    #expect(account.accepted > 2_000 && account.taken > 300 && account.answers > 200)
    // The story has its effects: the parted link loses frames, both processes that end are told of.
    #expect(account.lostOnLinks > 0)
    #expect(account.graves.map { "\($0.node) \($0.boot)" } == ["mix-2 1", "mix-3 1"])
    // What the streams say of a process that was killed is what it says itself.
    #expect(account.graves.allSatisfy { $0.unexplained == 0 && $0.links.read > 500 && $0.links.written > 500 })
    #expect(account.pairs.contains { $0.from == "mix-1" && $0.to == "mix-2" && $0.written > 500 })
  }

  @Test func theCommandPrintsATableOrAnObject() {
    var out: [String] = []
    #expect(
      HearsaySimProgram.run(["demo", "--crypto", "stub"], program: simulator, out: { out.append($0) }, note: { _ in })
        == 0)
    let table = out.joined()
    for word in ["mix-2 is killed", "mix-1 -> mix-2", "mix-2, process 1", "unaccounted"] {
      #expect(table.contains(word), "\(table)")
    }
    out = []
    let words = ["demo", "--seed", "9", "--crypto", "stub", "--json"]
    #expect(HearsaySimProgram.run(words, program: simulator, out: { out.append($0) }, note: { _ in }) == 0)
    #expect(out.count == 1)
    for field in [#""unaccounted":0"#, #""pairs":[{"from":"client-1""#, #""processes":[{"node":"mix-2""#] {
      #expect(out.joined().contains(field), "\(out)")
    }
    #expect(HearsaySimProgram.run(["demo", "--nodes", "4"], program: simulator, out: { _ in }, note: { _ in }) == 2)
  }
}
