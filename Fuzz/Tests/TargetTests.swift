import Foundation
import MixNet
import Testing

/// Each fuzz target with its seeds and some changes of them: a target that no longer fits what it tries is found here, and so is what
/// traps at once.
@Suite(.serialized) struct TargetTests {
  @Test(arguments: FuzzTarget.all.map(\.name))
  func handlesItsSeedsAndChangesOfThem(_ name: String) async throws {
    let trial = try #require(Trial(name))
    #expect(!trial.seeds.isEmpty)
    let path = lastWordsPath(name)
    defer { unlink(path) }
    let result = await #expect(processExitsWith: .success) { [name = name as String, path = path as String] in
      Trial(name)?.run(lastWords: path)
    }
    guard result == nil else { return }
    let words = try #require(LastWords(path), "the target '\(name)' tried nothing")
    Issue.record(
      """
      the fuzz target '\(name)' did not handle input \(words.number) of its trial: \(words.text)
      With these bytes in FILE (xxd -r -p), './dev fuzz \(name) --replay FILE' tries it again: \
      \(Hex.text(trial.input(words.number)))
      """)
  }

  @Test func eachHasANameOfItsOwn() {
    #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
  }
}

private func lastWordsPath(_ name: String) -> String {
  FileManager.default.temporaryDirectory.appending(path: "hearsay-fuzz-\(getpid())-\(name)").path
}

/// What is told of an input that is not handled.
@Suite struct TrialTests {
  private static let trap = FuzzTarget(
    name: "trap", summary: "traps", sizeMax: 8, seeds: { _ in [[1], [2, 2], [3], [4]] }
  ) { { check($0 != [3], "three comes") } }

  @Test func theInputAndTheSentenceOutliveTheProcess() async throws {
    let path = lastWordsPath("trap")
    defer { unlink(path) }
    await #expect(processExitsWith: .failure) { [path = path as String] in Trial(Self.trap).run(lastWords: path) }
    let words = try #require(LastWords(path))
    #expect(words.number == 2 && words.text.contains("three comes"))
    #expect(Trial(Self.trap).input(words.number) == [3])
  }

  /// Whoever looks at a failure gets the input that the other process tried.
  @Test func anInputIsFoundByItsNumber() throws {
    let trial = try #require(Trial("frames"))
    var all: [[UInt8]] = []
    trial.forEach {
      all.append($1)
      return true
    }
    #expect(all.count == trial.seeds.count + trial.changes)
    for number in [0, trial.seeds.count, all.count - 1] { #expect(trial.input(number) == all[number]) }
  }
}

@Suite struct MutationTests {
  private static func some(_ count: Int, seed: UInt64) -> [[UInt8]] {
    var mutations = Mutations(of: [[1, 2, 3, 4, 5, 6, 7, 8], [], [200, 201]], sizeMax: 12, seed: Seed(seed))
    return (0..<count).map { _ in mutations.next() }
  }

  @Test func areTheSameInEveryRun() {
    let (one, again, other) = (Self.some(500, seed: 1), Self.some(500, seed: 1), Self.some(500, seed: 2))
    #expect(one == again)
    #expect(one != other)
  }

  @Test func areManyAndNotTooLong() {
    let all = Self.some(2_000, seed: 3)
    #expect(Set(all).count > 1_000)
    #expect(all.allSatisfy { $0.count <= 12 } && all.contains { $0.count == 12 } && all.contains { $0.isEmpty })
    // A part of one seed behind a part of another.
    #expect(all.contains { $0.starts(with: [1, 2]) && $0.suffix(2) == [200, 201] })
  }
}
