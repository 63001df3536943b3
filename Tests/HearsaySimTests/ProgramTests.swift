import Foundation
import MixNet
import SimNet
import Testing

@testable import HearsaySim

/// What the command line says, and the codes that it ends with.
@Suite struct ProgramTests {
  private func run(_ words: String) -> (code: Int32, out: [String], notes: [String]) {
    var (out, notes): ([String], [String]) = ([], [])
    let words = words.split(separator: " ").map(String.init)
    let code = HearsaySimProgram.run(words, program: simulator, out: { out.append($0) }, note: { notes.append($0) })
    return (code, out, notes)
  }

  @Test(arguments: [
    "walk", "run", "run --seed x", "run --seed 1 --nodes 2", "run --seed 1 --faults rain",
    "run --seed 1 --swarm --json 3",
    "run --seed 1 --swarm --faults loss", "run --seed 1 --seed 2", "run --seed", "sweep", "sweep --seeds 3",
    "sweep --seeds 9..3", "sweep --seeds 1..2 --trace f", "run --seed 1 --faults reorder",
  ])
  func wrongWordsEndWithTwo(_ words: String) {
    let (code, out, notes) = run(words)
    #expect(code == 2)
    #expect(out.isEmpty)
    #expect(notes.count == 1)
  }

  @Test(arguments: ["help", "--help", "run --help", "gossip --nodes 3 -h"]) func helpNamesEveryFamily(_ words: String) {
    let (code, out, _) = run(words)
    #expect(code == 0)
    for family in RunSettings.families { #expect(out.joined().contains(family.name)) }
  }

  @Test func aSweepIsClean() {
    let (code, out, notes) = run("sweep --seeds 1..6 --swarm --nodes 6 --seconds 10")
    #expect(code == 0, "\(out)")
    #expect(out.count == 7)
    #expect(out.last?.contains("6 seeds, 0 failed; 2 ran twice") == true)
    #expect(notes.isEmpty)
  }

  /// The hash that is printed is that of the trace, byte for byte, and the trace changes nothing of the run.
  @Test func theHashIsThatOfTheTrace() throws {
    let words = "run --seed 5 --nodes 3 --seconds 4 --faults segment --crypto stub --json"
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("trace-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (code, out, _) = run(words + " --trace \(path)")
    #expect(code == 0)
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    #expect(bytes.count > 100_000)
    let hash = try #require(out.first?.firstMatch(of: /"hash":"([0-9a-f]{64})"/)?.1)
    #expect(Hex.text(Fingerprint.of(bytes).array) == hash)
    #expect(run(words).out.first?.contains(hash) == true)
    let (unwritable, said, notes) = run(words + " --trace /no/such/folder/trace")
    #expect(unwritable == 1 && said.isEmpty && notes == ["hearsay-sim: '/no/such/folder/trace' cannot be written"])
  }

  @Test func aRunThatShowsNothingFailsAndSaysHowToReplayIt() {
    let (code, out, _) = run("run --seed 1 --nodes 3 --seconds 4 --faults wipe")
    #expect(code == 1)
    #expect(out.joined().contains("no fault struck of those that were chosen: wipe"))
    #expect(out.joined().contains("hearsay-sim run --seed 1 --nodes 3 --seconds 4 --faults wipe"))
  }

  @Test func anObjectHasEveryField() {
    let (code, out, _) = run("run --seed 5 --nodes 3 --seconds 4 --faults segment --json")
    #expect(code == 0)
    #expect(out.count == 1)
    for field in [
      "seed", "hash", "verdict", "simulated_seconds", "wall_seconds", "events", "faults", "messages", "delivered",
      "dropped", "held", "lost", "killed", "crypto",
    ] { #expect(out[0].contains("\"\(field)\":")) }
  }
}
