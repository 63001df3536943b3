import OrderedJSON
import Testing

@testable import HearsaySim

/// Parts of a command in processes of their own.
@Suite struct CrewTests {
  /// What a shell that gets the number of its part as `$0` gives for some parts.
  private func answers(_ script: String, _ parts: Range<Int>, jobs: Int = 3) -> [(part: Int, text: String)] {
    var answers: [(part: Int, text: String)] = []
    Crew(program: "/bin/sh", command: ["-c", script], jobs: jobs).work(parts) { part, answer in
      switch answer {
      case .done(let json): answers.append((part, json.line))
      case .ended(let ending): answers.append((part, ending.text + (ending.said.map { " after " + $0.line } ?? "")))
      }
    }
    return answers
  }

  @Test func answersComeInTheOrderOfTheParts() {
    // The first ones take longest.
    let given = answers("sleep 0.$((8 - $0)); echo \"[$0]\"", 3..<8)
    #expect(given.map(\.part) == Array(3..<8))
    #expect(given.map(\.text) == ["[3]", "[4]", "[5]", "[6]", "[7]"])
  }

  @Test func moreJobsThanPartsAndNoPartsAtAll() {
    #expect(answers("echo $0", 0..<2, jobs: 100).map(\.text) == ["0", "1"])
    #expect(answers("echo $0", 4..<4).isEmpty)
  }

  /// Longer than a pipe holds, and than one reading takes.
  @Test func aLongAnswerIsWhole() {
    let given = answers("printf '\"'; head -c 300000 /dev/zero | tr '\\0' x; printf '\"'", 0..<2)
    #expect(given.allSatisfy { $0.text.utf8.count == 300_002 })
  }

  @Test func wordsReachTheProgramAsTheyAre() {
    // The last quote is one character with the accent behind it.
    let odd = "it's odd $HOME `date` * ; '\u{301}"
    var heard: String?
    Crew(program: "/bin/sh", command: ["-c", "printf '\"%s\"' \"$0\"", odd], jobs: 1).work(0..<1) { _, answer in
      if case .done(let json) = answer { heard = json.text }
    }
    #expect(heard == odd)
  }

  @Test func aProcessThatEndsEarlyIsSaidToHave() {
    let script = """
      case $0 in 0) kill -ILL $$;; 1) echo 7; kill -KILL $$;; 2) exit 3;; 3) echo 1; echo '[2'; exit 1;; *) echo 1; echo 2;; esac
      """
    #expect(
      answers(script, 0..<5).map(\.text) == [
        "signal 4 ended it, as a trap does", "signal 9 ended it after 7", "it ended with code 3 and no answer",
        "it ended with code 1 and no answer after 1", "2",
      ])
  }

  /// A sweep goes on with the other seeds, and is no good.
  @Test(arguments: [false, true])
  func aSweepWhoseRunsEndEarlyFails(_ isJSON: Bool) throws {
    var out: [String] = []
    let words = ["sweep", "--seeds", "5..6", "--nodes", "3"] + (isJSON ? ["--json"] : [])
    #expect(HearsaySimProgram.run(words, program: "/bin/false", out: { out.append($0) }, note: { _ in }) == 1)
    #expect(out.count == 3)
    if isJSON {
      let first = try #require(JSON(Array(out[0].utf8)))
      #expect(first["seed"]?.int == 5)
      #expect(first["violations"]?.list?.first?["oracle"]?.text == "process")
      #expect(JSON(Array(out[2].utf8))?["failed"]?.list?.compactMap(\.int) == [5, 6])
    } else {
      #expect(out[1].contains("VIOLATION  process: it ended with code 1 and no answer"))
      #expect(out[1].contains("hearsay-sim run --seed 6 --nodes 3"))
      #expect(out[2].hasPrefix("2 seeds, 2 failed: [5, 6]"))
    }
  }

  @Test func seedsAreCountedToTheEnd() {
    #expect(SweepCommand.count(3...3) == 1)
    #expect(SweepCommand.count(1...40) == 40)
    #expect(SweepCommand.count(1...UInt64.max) == .max)
    #expect(SweepCommand.count(0...UInt64.max) == .max)
  }

  @Test func aReportIsTheSameBehindThePipe() throws {
    var settings = RunSettings(seed: 3)
    (settings.nodes, settings.seconds, settings.faults, settings.crypto) = (3, 4, .swarm, .stub)
    let report = SeedReport(SweepEntry(0, settings), isJSON: true)
    #expect(report.violation == nil)
    #expect(report.ranTwice)
    let json = try #require(JSON(Array(report.json.line.utf8)))
    let read = try #require(SeedReport(json))
    #expect(read.json.line == report.json.line)
    #expect(read.probes.entries.count == report.probes.entries.count)
    for words in ["part", "part sweep", "part sweep --seeds 1..2 2", "part sweep --seeds 1..2 x", "part run 1"] {
      let words = words.split(separator: " ").map(String.init)
      #expect(HearsaySimProgram.run(words, program: simulator, out: { _ in }, note: { _ in }) == 2)
    }
  }
}
