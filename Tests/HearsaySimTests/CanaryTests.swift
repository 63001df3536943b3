import Testing

@testable import HearsaySim

/// A simulator that finds no mistake would say that all is well as long as anybody asks.
@Suite struct CanaryTests {
  private func run(_ words: String) -> (code: Int32, out: [String], notes: [String]) {
    var (out, notes): ([String], [String]) = ([], [])
    let words = words.split(separator: " ").map(String.init)
    let code = HearsaySimProgram.run(words, program: simulator, out: { out.append($0) }, note: { notes.append($0) })
    return (code, out, notes)
  }

  private static let first = [
    ("timer_left", "timers"), ("timer_restless", "timers"), ("slot_given_twice", "slots"),
    ("challenge_unsent", "newcomer"), ("refusal_uncounted", "adversaries"), ("frame_reordered", "order"),
    ("kept_forgotten", "kept"), ("stored_untrue", "stored"),
  ]

  @Test(.enabled("the probes are not built") { SimProbes.areBuilt })
  func everyPlantedMistakeIsFound() {
    let (code, out, _) = run("canary --json")
    #expect(code == 3, "\(out.joined(separator: "\n"))")
    let planted = ProbePoint.all.filter { $0.kind == .planted }
    #expect(out.count == planted.count + 1)
    for (line, point) in zip(out, planted) {
      #expect(line.hasPrefix("{\"name\":\"\(point.name)\",\"seed\":"))
      #expect(!line.contains("null"), "\(line)")
      #expect(line.contains("--plant \(point.name)"))
    }
    #expect(out.last?.contains("\"missed\":[]") == true)
    // Each of these rules finds something before any other does.
    for (name, rule) in Self.first {
      let line = out.first { $0.hasPrefix("{\"name\":\"\(name)\"") } ?? ""
      #expect(line.contains("\"oracle\":\"\(rule)\""), "\(line)")
    }
    // The first line in which two runs part is told of both of them.
    let parting = out.first { $0.hasPrefix("{\"name\":\"chance_from_outside\"") }
    #expect(parting?.contains("two runs part at line") == true && parting?.contains("(the end)") == false)
    #expect(parting?.contains("\\n  - ") == true && parting?.contains("\\n  + ") == true)
  }

  @Test(.enabled("the probes are built") { !SimProbes.areBuilt })
  func withoutProbesItSaysSo() {
    for words in [
      "canary", "run --seed 1 --plant slot_leaked", "run --seed 1 --buggify", "sweep --seeds 1..2 --expect all",
    ] {
      let (code, out, notes) = run(words)
      #expect(code == 2)
      #expect(out.isEmpty)
      #expect(notes.first?.contains("built without the probes") == true)
    }
  }

  @Test(.enabled("the probes are not built") { SimProbes.areBuilt })
  func aMistakeThatNoSeedShowsIsMissed() {
    let missed = PlantedBug(name: "a", seed: nil, violation: nil, words: nil)
    let found = PlantedBug(name: "b", seed: 3, violation: Violation(oracle: "slots", what: "c"), words: "run")
    #expect(!CanarySummary(found: [missed, found], clean: []).isGood)
    #expect(CanarySummary(found: [found], clean: []).isGood)
  }
}
