import Foundation
import Testing

@testable import HearsaySim

/// The walk in docs/simulation.md, from a failing seed to its cause: every command is run, and gives what stands below it.
@Suite(.enabled("the probes are not built") { SimProbes.areBuilt })
struct WalkTests {
  /// The commands of the walk, each with the lines that it must give.
  private static func steps() throws -> [(command: String, lines: [String])] {
    let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    let page = try String(contentsOf: root.appending(path: "docs/simulation.md"), encoding: .utf8)
    let walk = try #require(page.components(separatedBy: "### A walk\n").dropFirst().first)
    let block = try #require(walk.components(separatedBy: "```\n").dropFirst().first)
    var steps: [(command: String, lines: [String])] = []
    for line in block.split(separator: "\n").map(String.init) {
      if line.hasPrefix("$ ") {
        steps.append((String(line.dropFirst(2)), []))
      } else {
        steps[steps.count - 1].lines.append(line)
      }
    }
    return steps
  }

  @Test func everyStepGivesWhatThePageSays() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("walk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let steps = try Self.steps()
    #expect(steps.map { $0.command.prefix(12) } == ["./dev sim ru", "./dev sim sh", "./dev sim ru", "grep -A 1 pl"])
    for (command, lines) in steps {
      let given = command.hasPrefix("grep") ? try grep(command, in: folder) : simulate(command, in: folder)
      #expect(!lines.isEmpty && lines.allSatisfy(given.contains), "\(command)\n\(given.joined(separator: "\n"))")
      // What is searched for is all there.
      if command.hasPrefix("grep") { #expect(given == lines) }
    }
  }

  private func simulate(_ command: String, in folder: URL) -> [String] {
    var out: [String] = []
    let words = command.split(separator: " ").dropFirst(2).map {
      $0 == "trace.txt" ? folder.appending(path: "trace.txt").path : String($0)
    }
    let code = HearsaySimProgram.run(words, program: simulator, out: { out.append($0) }, note: { _ in })
    #expect(code == 1, "\(command)")
    return out.flatMap { $0.split(separator: "\n").map(String.init) }
  }

  /// `grep -A 1 WORD FILE`, without the lines that part what it has found.
  private func grep(_ command: String, in folder: URL) throws -> [String] {
    let words = command.split(separator: " ").map(String.init)
    let text = try String(contentsOf: folder.appending(path: words[4]), encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    return lines.indices.filter { lines[$0].contains(words[3]) }.flatMap { lines[$0...min($0 + 1, lines.count - 1)] }
  }
}
