import Foundation
import MixHostTesting
import Testing

/// docs/writing-a-stage.md shows code that is compiled and tested: every block of it stands, line by line, in the example
/// package, in the tests or in a plugin.
@Suite struct ManualTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

  private func manual() throws -> String {
    try String(contentsOf: Self.root.appending(path: "docs/writing-a-stage.md"), encoding: .utf8)
  }

  /// The lines of the text, without indentation and without empty ones, each with a line break around it.
  private func flat(_ text: some StringProtocol) -> String {
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    return "\n" + lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
  }

  /// What stands between lines with three ticks and the language's name, and lines with three ticks alone.
  private func blocks(_ language: String) throws -> [Substring] {
    try manual().split(separator: "\n```" + language + "\n").dropFirst().compactMap {
      $0.split(separator: "\n```\n", omittingEmptySubsequences: false).first
    }
  }

  private func sources(_ folders: [String], _ ending: String) throws -> [String] {
    try folders.flatMap { folder in
      let base = Self.root.appending(path: folder)
      let names = try FileManager.default.subpathsOfDirectory(atPath: base.path).sorted()
      return try names.filter { $0.hasSuffix(ending) && !$0.hasPrefix(".build") }.map { name in
        flat(try String(contentsOf: base.appending(path: name), encoding: .utf8))
      }
    }
  }

  @Test func everySwiftBlockIsCompiledSomewhere() throws {
    let sources = try sources(["Examples/EchoStage", "Tests/MixHostTestingTests", "Sources/Plugins"], ".swift")
    let blocks = try blocks("swift")
    #expect(blocks.count > 15 && sources.count > 20)
    for block in blocks { #expect(sources.contains { $0.contains(flat(block)) }, "no source has:\n\(block)") }
  }

  @Test func theConfigurationIsTheExamples() throws {
    let files = try sources(["Examples/EchoStage"], ".toml")
    let blocks = try blocks("toml")
    #expect(!blocks.isEmpty)
    for block in blocks { #expect(files.contains { $0.contains(flat(block)) }, "no file has:\n\(block)") }
  }

  /// Calls of readers in tables.
  @Test func everyReaderIsCompiledSomewhere() throws {
    let sources = try sources(["Tests/MixHostTestingTests"], ".swift")
    let calls = try manual().split(separator: "`").filter { $0.hasPrefix("table.") && $0.contains("default:") }
    #expect(calls.count >= 3)
    for call in calls { #expect(sources.contains { $0.contains(call) }, "no source has:\n\(call)") }
  }

  @Test func everyCheckIsListed() throws {
    let manual = try manual()
    for check in ConformanceCheck.allCases { #expect(manual.contains("| `\(check.name)` |")) }
  }
}
