import Foundation
import Testing

/// The benchmarks themselves, with as little work as shows that they work. What is fast is no matter here.
@Suite struct BenchTests {
  @Test func allOfThemBringOutWhatWentIn() throws {
    let run = try Run(["all", "--quick", "--json"])
    #expect(run.code == 0, "\(run.errors)")
    let objects = try run.lines.map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    #expect(objects.first?["machine"] is String)
    for object in objects.dropFirst() {
      let sent = try #require(object["in"] as? Int)
      #expect(sent > 0)
      #expect(object["out"] as? Int == sent - (object["dropped"] as? Int ?? 0), "\(object)")
      #expect(object["wrong"] as? Int == 0, "\(object)")
      #expect(object["ok"] as? Bool == true, "\(object)")
      #expect((object["ns_each"] as? Double ?? 0) > 0, "\(object)")
    }
    let names = Set(objects.compactMap { $0["bench"] as? String })
    #expect(names == ["stages", "wheel", "ring", "x25519", "steps", "unwrap", "heads", "replay", "read", "vrf"])
  }

  @Test func oneAloneIsATableForPeople() throws {
    let run = try Run(["ring", "--quick"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.lines.contains { $0.hasPrefix("ring: ") })
    #expect(!run.lines.contains { $0.hasPrefix("wheel: ") })
  }

  /// What takes long runs only when it is named.
  @Test func timingRunsWhenItIsNamed() throws {
    let run = try Run(["timing", "--quick", "--json"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.lines.filter { $0.contains("t_thousandths") }.count == 5)
  }

  @Test func anUnknownNameIsOneSentence() throws {
    let run = try Run(["rign"])
    #expect(run.code == 2)
    #expect(run.lines.isEmpty)
    #expect(run.errors == "hearsay-bench: no benchmark or option is named 'rign'; see 'hearsay-bench help'\n")
  }
}

/// One run of the program that was built beside the tests.
struct Run {
  let lines: [String]
  let errors: String
  let code: Int32

  static var program: URL {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appendingPathComponent("hearsay-bench")
  }

  init(_ arguments: [String]) throws {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = Self.program
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // What it says of errors fits a pipe.
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    self.errors = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    lines = text.split(separator: "\n").map(String.init)
    code = process.terminationStatus
  }
}
